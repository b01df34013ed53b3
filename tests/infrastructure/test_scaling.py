"""The scaling stack: accepted by the APIs it configures, and settling where it should."""

import math
import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.infrastructure.simulation import Scaling
from tests.infrastructure.templates import Stack

STACK = Stack("scaling", ClusterName="cluster", ServiceName="service")
TARGET = STACK.properties("Target")
POLICIES = {name: STACK.properties(name) for name in ("ScaleOut", "ScaleIn")}
ALARMS = {name: STACK.properties(name) for name in ("CpuHigh", "CpuLow")}
SERVICE = {name: TARGET[name] for name in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
# What one task gives, in per cent; a load of 350 keeps three and a half busy.
FULL = 100.0


def test_the_bounds_thresholds_and_cooldowns_are_those_agreed_on() -> None:
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
    alarms = {one["AlarmName"]: one for one in cloudwatch.describe_alarms()["MetricAlarms"]}
    assert TARGET.items() <= target.items()
    assert {one["PolicyName"]: one["StepScalingPolicyConfiguration"] for one in policies} == {
        one["PolicyName"]: one["StepScalingPolicyConfiguration"] for one in POLICIES.values()
    }
    assert alarms["CpuHigh"]["AlarmActions"] == [arns["ScaleOut"]]
    assert alarms["CpuLow"]["AlarmActions"] == [arns["ScaleIn"]]
    for name, alarm in ALARMS.items():
        kept = {key: value for key, value in alarm.items() if key != "AlarmActions"}
        assert kept.items() <= alarms[name].items()


def test_the_metric_is_the_services_own() -> None:
    for alarm in ALARMS.values():
        assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ECS", "CPUUtilization")
        assert {one["Name"]: one["Value"] for one in alarm["Dimensions"]} == {
            "ClusterName": "cluster",
            "ServiceName": "service",
        }


def follow(load: Callable[[int], float], minutes: int, tasks: int = 2) -> list[int]:
    """How many tasks there are, minute by minute."""
    scaling = Scaling(TARGET, list(POLICIES.values()), list(ALARMS.values()), tasks)
    return [scaling.minute(load(minute)) for minute in range(minutes)]


def turns(tasks: list[int]) -> int:
    """How often growing became shrinking, or the other way round."""
    moves = [after - before for before, after in pairwise(tasks) if after != before]
    return sum(1 for before, after in pairwise(moves) if (before > 0) != (after > 0))


@pytest.mark.parametrize("start", [2, 5, 10])
@pytest.mark.parametrize("load", range(0, 1101, 25))
def test_under_any_constant_load_it_settles_and_stays(load: int, start: int) -> None:
    tasks = follow(lambda _: load, 90, start)
    settled = tasks[-1]

    assert set(tasks[-40:]) == {settled}
    assert turns(tasks) <= 1
    busy = load / settled
    assert busy <= 75 or settled == 10
    assert busy >= 25 or settled == 2


def test_a_rush_is_met_within_minutes() -> None:
    tasks = follow(lambda minute: 100 if minute < 10 else 600, 60)

    assert tasks[9] == 2
    assert tasks[20] >= 8
    assert turns(tasks) == 0


def test_a_busy_minute_alone_starts_nothing() -> None:
    assert set(follow(lambda minute: 190 if minute % 10 == 5 else 100, 120)) == {2}


def test_a_quiet_minute_alone_stops_nothing() -> None:
    tasks = follow(lambda minute: 20 if minute % 10 == 5 else 300, 120, 6)

    assert set(tasks) == {6}


def test_it_follows_a_day_up_and_down_once() -> None:
    tasks = follow(lambda minute: 325 - 275 * math.cos(minute * math.tau / 1440), 1440)

    assert max(tasks) >= 8
    assert tasks[-1] <= 4
    assert turns(tasks) == 1


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("load", [150, 225, 300, 450, 600])
def test_noise_does_not_make_it_flap(load: int, seed: int) -> None:
    """With a fifth of noise around a load at a threshold: a change now and then, no oscillation."""
    source = random.Random(seed)

    tasks = follow(lambda _: load * source.uniform(0.8, 1.2), 240)

    assert turns(tasks[30:]) == 0


def test_missing_figures_change_nothing() -> None:
    tasks = follow(lambda _: math.nan, 60, 6)

    assert set(tasks) == {6}


@pytest.mark.parametrize("load", [0, 5000])
def test_the_bounds_hold(load: int) -> None:
    tasks = follow(lambda _: load, 60, 5)

    assert min(tasks) >= 2
    assert max(tasks) <= 10


def test_the_simulation_would_show_flapping() -> None:
    """A check of the check: thresholds too close to each other do flap."""
    close: list[dict[str, Any]] = [
        ALARMS["CpuHigh"] | {"Threshold": 50},
        ALARMS["CpuLow"] | {"Threshold": 45},
    ]
    scaling = Scaling(TARGET, list(POLICIES.values()), close, 2)

    assert turns([scaling.minute(110) for _ in range(240)]) > 4
