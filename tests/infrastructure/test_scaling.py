"""The scaling stack: its steps do not oscillate."""

import math

import pytest

from tests.infrastructure.templates import Stack

STACK = Stack("scaling", ClusterName="cluster", ServiceName="service")
TARGET = STACK.properties("Target")
POLICIES = {name: STACK.properties(name) for name in ("ScaleOut", "ScaleIn")}
ALARMS = {name: STACK.properties(name) for name in ("CpuHigh", "CpuLow")}


def test_the_bounds_thresholds_and_cooldowns() -> None:
    assert (TARGET["MinCapacity"], TARGET["MaxCapacity"]) == (2, 10)
    assert (ALARMS["CpuHigh"]["Threshold"], ALARMS["CpuLow"]["Threshold"]) == (75, 25)
    for policy in POLICIES.values():
        assert policy["PolicyType"] == "StepScaling"
        assert policy["StepScalingPolicyConfiguration"]["Cooldown"] == 60


def test_each_alarm_starts_its_policy_of_the_service() -> None:
    assert TARGET["ResourceId"] == "service/cluster/service"
    for alarm, policy in (("CpuHigh", "ScaleOut"), ("CpuLow", "ScaleIn")):
        assert ALARMS[alarm]["AlarmActions"] == [f"<{policy}>"]
        assert POLICIES[policy]["ScalingTargetId"] == "<Target>"


def test_the_metric_is_that_of_the_service() -> None:
    for alarm in ALARMS.values():
        assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ECS", "CPUUtilization")
        assert {entry["Name"]: entry["Value"] for entry in alarm["Dimensions"]} == {
            "ClusterName": "cluster",
            "ServiceName": "service",
        }


def step(policy: str, beyond: float) -> int:
    """Return the adjustment of a policy, for the metric's distance from the alarm's threshold."""
    (adjustment,) = (
        entry["ScalingAdjustment"]
        for entry in POLICIES[policy]["StepScalingPolicyConfiguration"]["StepAdjustments"]
        if entry.get("MetricIntervalLowerBound", -math.inf)
        <= beyond
        < entry.get("MetricIntervalUpperBound", math.inf)
    )
    return int(adjustment)


@pytest.mark.parametrize("cpu", [75.1, 80, 89.9, 90, 100])
def test_a_step_out_leaves_the_load_above_the_threshold_of_scaling_in(cpu: float) -> None:
    for tasks in range(2, 10):
        after = min(10, tasks + step("ScaleOut", cpu - 75))
        assert tasks < after
        assert cpu * tasks / after >= 25


@pytest.mark.parametrize("cpu", [0, 10, 24.9])
def test_a_step_in_leaves_the_load_below_the_threshold_of_scaling_out(cpu: float) -> None:
    for tasks in range(3, 11):
        after = max(2, tasks + step("ScaleIn", cpu - 25))
        assert after < tasks
        assert cpu * tasks / after <= 75


def test_an_alarm_needs_several_minutes() -> None:
    for alarm in ALARMS.values():
        assert alarm["Period"] == 60
        assert alarm["EvaluationPeriods"] >= 2
