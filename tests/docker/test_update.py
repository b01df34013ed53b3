"""A new image is deployed without downtime, and one that does not start is rolled back."""

import pytest

from cli.local.cloud import LocalCloud
from tests.docker.service import IMAGE, Clients, Service, put_and_wait, run, wait_until
from tests.support import SAMPLE

pytestmark = pytest.mark.docker

PATH = "/temp?month=12&year=2022"
VALUE = b"15.374606476138302"
NEXT = "aquasense-api:test-next"


def update(cloud: LocalCloud, image: str) -> None:
    """Update only the nested service stack, as `sam deploy` would.

    When a parent is updated, the emulator loses the attributes of unchanged nested resources.
    """
    client = cloud.client("cloudformation")
    stacks = client.describe_stacks()["Stacks"]
    [stack] = [stack for stack in stacks if "-Service-" in stack["StackName"]]
    names = {parameter["ParameterKey"] for parameter in stack["Parameters"]}
    client.update_stack(
        StackName=stack["StackName"],
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": "ImageUri", "ParameterValue": image},
            *({"ParameterKey": name, "UsePreviousValue": True} for name in names - {"ImageUri"}),
        ],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    client.get_waiter("stack_update_complete").wait(
        StackName=stack["StackName"], WaiterConfig={"Delay": 1}
    )


def test_a_valid_image_replaces_the_containers_and_an_invalid_one_does_not(
    lab_service: Service,
) -> None:
    put_and_wait(lab_service, SAMPLE, PATH, VALUE)
    assert lab_service.cloud.client("iam").list_roles()["Roles"] == []

    # A valid image, while clients send requests.
    run("docker", "tag", IMAGE, NEXT)
    before = lab_service.containers()
    clients = Clients(f"{lab_service.url}{PATH}", VALUE)
    with clients:
        update(lab_service.cloud, NEXT)
        wait_until(
            "the containers are replaced",
            lambda: lab_service.containers(),
            lambda now: len(now) == 2 and not set(now) & set(before),
        )
    assert clients.count > 50
    assert clients.failed == []

    # An image that does not exist.
    good = lab_service.containers()
    update(lab_service.cloud, "aquasense-api:nowhere")
    wait_until("the update is rolled back", lambda: rollouts(lab_service), rolled_back)
    assert sorted(lab_service.containers()) == sorted(good)
    assert VALUE in lab_service.get(PATH)[1]


def rollouts(service: Service) -> list[tuple[str, str]]:
    """Return the state of each deployment of the service, and its reason."""
    [described] = service.cloud.client("ecs").describe_services(
        cluster=service.cluster, services=[service.cloud.outputs["ServiceName"]]
    )["services"]
    return [(d["rolloutState"], d["rolloutStateReason"]) for d in described["deployments"]]


def rolled_back(deployments: list[tuple[str, str]]) -> bool:
    failed = any(state == "FAILED" and "circuit breaker" in reason for state, reason in deployments)
    return failed and any(state == "COMPLETED" for state, _ in deployments)
