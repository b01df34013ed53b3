"""The permissions of the roles, on an emulator that enforces IAM."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.process import free_port
from tests.docker.conftest import deployed
from tests.docker.service import Service, get, put, running, wait_until
from tests.support import SAMPLE

pytestmark = pytest.mark.docker

PATH = "/temp?month=12&year=2022"
VALUE = b"15.374606476138302"


@pytest.fixture
def guarded(built: str, tmp_path: Path) -> Iterator[Service]:
    with deployed(tmp_path, enforce_iam=True, ImageUri=built) as guarded:
        put(guarded.cloud, SAMPLE, "temperatura_1.csv")
        yield guarded


def test_the_permissions_are_sufficient_and_necessary(built: str, guarded: Service) -> None:
    with as_task(guarded, built) as container:
        for url in (guarded.function_url, container):
            wait_until("the API responds", lambda url=url: get(url + PATH), lambda a: VALUE in a[1])

        remove_policy(guarded, "query")
        remove_policy(guarded, "read-table")

        for url in (guarded.function_url, container):
            wait_until(
                "access is denied", lambda url=url: get(url + "/months"), lambda a: a[0] == 503
            )


@contextmanager
def as_task(service: Service, image: str) -> Iterator[str]:
    """Run a container with the credentials of the task role, which the emulator does not set."""
    iam, role = service.cloud.client("iam"), owner(service, "read-table")
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    # Let the account assume the role as well.
    trust["Statement"].append(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "000000000000"}}
    )
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    credentials = service.cloud.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::000000000000:role/{role}", RoleSessionName="task"
    )["Credentials"]
    port = free_port()
    environment = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "TABLE_NAME": service.cloud.outputs["TableName"],
        "AWS_REGION": service.cloud.region,
        "AWS_ENDPOINT_URL": service.cloud.endpoint,
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
    with running(image, **environment):
        yield f"http://127.0.0.1:{port}"


def owner(service: Service, policy: str) -> str:
    """Return the name of the role with an inline policy."""
    iam = service.cloud.client("iam")
    [name] = [
        role["RoleName"]
        for role in iam.list_roles()["Roles"]
        if policy in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    ]
    return str(name)


def remove_policy(service: Service, policy: str) -> None:
    iam = service.cloud.client("iam")
    iam.delete_role_policy(RoleName=owner(service, policy), PolicyName=policy)
