"""The rights the roles give, with an emulator that refuses what is not given."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docker.conftest import deployed
from tests.docker.service import Service, get, put, run, wait_until
from tests.support import SAMPLE
from tools.process import free_port

pytestmark = pytest.mark.docker

QUESTION = "/temp?month=12&year=2022"
ANSWER = b"15.374606476138302"


@pytest.fixture
def guarded(built: str, tmp_path: Path) -> Iterator[Service]:
    with deployed(tmp_path, enforce_iam=True, ImageUri=built) as running:
        put(running.cloud, SAMPLE, "temperatura_1.csv")
        yield running


def test_the_roles_allow_what_is_needed_and_it_is_they_who_do(built: str, guarded: Service) -> None:
    with as_task(guarded, built) as container:
        for url in (guarded.function_url, container):
            wait_until("it answers", lambda url=url: get(url + QUESTION), lambda a: ANSWER in a[1])

        take_away(guarded, "query")
        take_away(guarded, "read-table")

        for url in (guarded.function_url, container):
            wait_until("it is refused", lambda url=url: get(url + "/months"), lambda a: a[0] == 503)


@contextmanager
def as_task(service: Service, image: str) -> Iterator[str]:
    """A container with the credentials of the task role, which the emulator does not hand out."""
    iam, role = service.cloud.client("iam"), owner(service, "read-table")
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    # For this test the account may take it on as well.
    trust["Statement"].append(
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "000000000000"}}
    )
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    given = service.cloud.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::000000000000:role/{role}", RoleSessionName="task"
    )["Credentials"]
    port = free_port()
    environment = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "TABLE_NAME": service.cloud.outputs["TableName"],
        "AWS_REGION": service.cloud.region,
        "AWS_ENDPOINT_URL": service.cloud.endpoint,
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    options = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
    container = run("docker", "run", "--detach", "--network", "host", *options, image).strip()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        run("docker", "rm", "--force", container)


def owner(service: Service, policy: str) -> str:
    """The one role that has a policy of this name."""
    iam = service.cloud.client("iam")
    [found] = [
        role["RoleName"]
        for role in iam.list_roles()["Roles"]
        if policy in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    ]
    return str(found)


def take_away(service: Service, policy: str) -> None:
    iam = service.cloud.client("iam")
    iam.delete_role_policy(RoleName=owner(service, policy), PolicyName=policy)
