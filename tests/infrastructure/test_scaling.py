"""The scaling stack: its APIs accept it, and its steps do not oscillate."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.infrastructure.templates import Stack

STACK = Stack("scaling", ClusterName="cluster", ServiceName="service")
TARGET = STACK.properties("Target")
POLICIES = {name: STACK.properties(name) for name in ("ScaleOut", "ScaleIn")}
ALARMS = {name: STACK.properties(name) for name in ("CpuHigh", "CpuLow")}
SERVICE = {name: TARGET[name] for name in ("ServiceNamespace", "ResourceId", "ScalableDimension")}


def test_the_bounds_thresholds_and_cooldowns() -> None:
    assert (TARGET["MinCapacity"], TARGET["MaxCapacity"]) == (2, 10)
    assert (ALARMS["CpuHigh"]["Threshold"], ALARMS["CpuLow"]["Threshold"]) == (75, 25)
    for policy in POLICIES.values():
        assert policy["PolicyType"] == "StepScaling"
        assert policy["StepScalingPolicyConfiguration"]["Cooldown"] == 60


@pytest.fixture
def region(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield "eu-west-1"


def test_the_apis_accept_target_policies_and_alarms(region: str) -> None:
    ecs = boto3.client("ecs", region_name=region)
    scaling = boto3.client("application-autoscaling", region_name=region)
    cloudwatch = boto3.client("cloudwatch", region_name=region)
    ecs.create_cluster(clusterName="cluster")
    container = {"name": "api", "image": "api", "memory": 512}
    ecs.register_task_definition(family="api", containerDefinitions=[container])
    ecs.create_service(cluster="cluster", serviceName="service", taskDefinition="api")

    scaling.register_scalable_target(**TARGET)
    arns = {
        name: scaling.put_scaling_policy(
            **SERVICE,
            **{key: value for key, value in policy.items() if key != "ScalingTargetId"},
        )["PolicyARN"]
        for name, policy in POLICIES.items()
    }
    for name, alarm in ALARMS.items():
        actions = [arns[action.strip("<>")] for action in alarm["AlarmActions"]]
        cloudwatch.put_metric_alarm(AlarmName=name, **(alarm | {"AlarmActions": actions}))

    [target] = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    alarms = {entry["AlarmName"]: entry for entry in cloudwatch.describe_alarms()["MetricAlarms"]}
    assert TARGET.items() <= target.items()
    assert configurations(policies) == configurations(POLICIES.values())
    assert alarms["CpuHigh"]["AlarmActions"] == [arns["ScaleOut"]]
    assert alarms["CpuLow"]["AlarmActions"] == [arns["ScaleIn"]]
    for name, alarm in ALARMS.items():
        kept = {key: value for key, value in alarm.items() if key != "AlarmActions"}
        assert kept.items() <= alarms[name].items()


def configurations(policies: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {p["PolicyName"]: p["StepScalingPolicyConfiguration"] for p in policies}


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


def test_an_alarm_needs_several_minutes_and_ignores_missing_data() -> None:
    for alarm in ALARMS.values():
        assert alarm["Period"] == 60
        assert alarm["EvaluationPeriods"] >= 2
        assert alarm["TreatMissingData"] in ("ignore", "notBreaching")
