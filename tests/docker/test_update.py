"""A new image takes over without a gap, and one that does not run does not take over."""

import pytest

from tests.docker.service import IMAGE, Asking, Service, put_and_wait, run, wait_until
from tests.support import SAMPLE
from tools.local_cloud import LocalCloud

pytestmark = pytest.mark.docker

QUESTION = "/temp?month=12&year=2022"
ANSWER = b"15.374606476138302"
NEXT = "aquasense-api:test-next"


def update(cloud: LocalCloud, image: str) -> None:
    """Update the nested service stack by itself, to what `sam deploy` would update it.

    In an update of its parents the emulator loses the attributes of unchanged nested resources.
    """
    client = cloud.client("cloudformation")
    [stack] = [one for one in client.describe_stacks()["Stacks"] if "-Service-" in one["StackName"]]
    kept = [one["ParameterKey"] for one in stack["Parameters"] if one["ParameterKey"] != "ImageUri"]
    client.update_stack(
        StackName=stack["StackName"],
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": "ImageUri", "ParameterValue": image},
            *({"ParameterKey": name, "UsePreviousValue": True} for name in kept),
        ],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    client.get_waiter("stack_update_complete").wait(
        StackName=stack["StackName"], WaiterConfig={"Delay": 1}
    )


def test_updates(lab_service: Service) -> None:
    put_and_wait(lab_service, SAMPLE, QUESTION, ANSWER)
    assert lab_service.cloud.client("iam").list_roles()["Roles"] == []

    # A good image, while clients ask.
    run("docker", "tag", IMAGE, NEXT)
    before = lab_service.containers()
    asked = Asking(f"{lab_service.url}{QUESTION}", ANSWER)
    with asked:
        update(lab_service.cloud, NEXT)
        wait_until(
            "new containers took over",
            lambda: lab_service.containers(),
            lambda now: len(now) == 2 and not set(now) & set(before),
        )
    assert asked.count > 50
    assert asked.lost == []

    # One that is nowhere.
    good = lab_service.containers()
    update(lab_service.cloud, "aquasense-api:nowhere")
    wait_until("the circuit breaker took it back", lambda: rollouts(lab_service), given_up)
    assert sorted(lab_service.containers()) == sorted(good)
    assert ANSWER in lab_service.get(QUESTION)[1]


def rollouts(service: Service) -> list[tuple[str, str]]:
    [described] = service.cloud.client("ecs").describe_services(
        cluster=service.cluster, services=[service.cloud.outputs["ServiceName"]]
    )["services"]
    return [(one["rolloutState"], one["rolloutStateReason"]) for one in described["deployments"]]


def given_up(seen: list[tuple[str, str]]) -> bool:
    return any(state == "FAILED" and "circuit breaker" in why for state, why in seen) and any(
        state == "COMPLETED" for state, _ in seen
    )
