"""bootstrap, image and push, and what every command of the group Deploy refuses."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from aiodynamo.errors import TableNotFound
from botocore.exceptions import ClientError, EndpointConnectionError
from click.testing import CliRunner

from cli import docker, targets
from cli.aws import account
from cli.aws.deployment import describe_upload
from cli.deploy import commit, image, status
from cli.main import aquasense
from tests.infrastructure.conftest import (
    COMMANDS,
    NO_POLICIES,
    create_stack,
    failure,
    run_bootstrap,
    run_deploy,
    run_push,
    stack_names,
)

pytestmark = [pytest.mark.usefixtures("shell"), NO_POLICIES]

ACCOUNT, OTHER = "123456789012", "210987654321"


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("environment", ["staging", "", "local", "DEV", "dev prod"])
def test_an_unknown_environment_is_rejected(environment: str, command: str) -> None:
    result = CliRunner().invoke(aquasense, [command, "--env", environment])

    assert result.exit_code == 2
    assert "is not one of 'dev', 'prod'" in result.output
    assert stack_names() == []


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_missing_credentials_are_rejected(monkeypatch: pytest.MonkeyPatch, command: Any) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    assert "No AWS credentials" in failure(command)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_missing_region_is_rejected(monkeypatch: pytest.MonkeyPatch, command: Any) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    assert "No AWS region" in failure(command)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_credentials_of_an_account_other_than_the_expected_one_are_rejected(
    aws: None, monkeypatch: pytest.MonkeyPatch, command: Any
) -> None:
    monkeypatch.setenv("ACCOUNT", OTHER)

    line = failure(command)

    assert ACCOUNT in line
    assert OTHER in line
    assert stack_names() == []


def test_credentials_of_an_account_other_than_the_bootstrapped_one_are_rejected(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_bootstrap()
    monkeypatch.setattr(account, "_identity", lambda: (OTHER, "eu-west-1"))

    assert f"dev is in {ACCOUNT}" in failure(run_deploy)


def test_a_region_other_than_the_bootstrapped_one_is_rejected(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_bootstrap()
    monkeypatch.setattr(account, "_identity", lambda: (ACCOUNT, "us-east-1"))

    assert "dev is in eu-west-1" in failure(run_deploy)


def test_bootstrap_creates_registry_and_bucket_and_can_be_repeated(
    aws: None, capsys: pytest.CaptureFixture[str]
) -> None:
    run_bootstrap()
    first = capsys.readouterr().out
    run_bootstrap()
    assert "created" in first

    [repository] = boto3.client("ecr").describe_repositories()["repositories"]
    assert repository["repositoryName"] == "aquasense-dev"
    assert repository["imageTagMutability"] == "IMMUTABLE"
    [bucket] = boto3.client("s3").list_buckets()["Buckets"]
    assert bucket["Name"] == f"aquasense-dev-artifacts-{ACCOUNT}-eu-west-1"


@pytest.mark.usefixtures("aws", "engine")
def test_push_needs_the_bootstrap() -> None:
    assert "./aquasense bootstrap --env dev" in failure(run_push)


@pytest.mark.usefixtures("aws")
def test_push_needs_a_docker_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert "Docker" in failure(run_push)


def test_image_needs_a_docker_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert "Docker" in failure(image.build_image, ())


@pytest.mark.usefixtures("aws", "engine")
def test_push_needs_an_image(monkeypatch: pytest.MonkeyPatch) -> None:
    run_bootstrap()
    monkeypatch.setattr(docker, "has_image", lambda name: False)

    assert "./aquasense image" in failure(run_push)


@pytest.mark.usefixtures("aws", "engine")
def test_push_rejects_uncommitted_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    run_bootstrap()
    monkeypatch.setattr(commit, "changed", lambda: [" M ecs/api/app.py", " M ecs/Dockerfile"])

    assert "ecs/api/app.py and more" in failure(run_push)


@pytest.mark.usefixtures("aws")
def test_push_can_be_repeated(engine: list[tuple[str, ...]]) -> None:
    run_bootstrap()
    run_push()
    first = list(engine)
    run_push()

    assert [arguments[0] for arguments in first] == ["login", "tag", "push"]
    assert engine == first


@pytest.mark.usefixtures("aws")
def test_no_command_contains_the_registry_password(engine: list[tuple[str, ...]]) -> None:
    run_bootstrap()
    run_push()

    login = engine[0]
    assert "--password-stdin" in login
    assert not [word for word in login if word.startswith(("--password=", "-p"))]


@pytest.mark.usefixtures("aws")
def test_bootstrap_creates_the_service_linked_role_of_ecs_once() -> None:
    run_bootstrap()
    run_bootstrap()

    roles = [role["RoleName"] for role in boto3.client("iam").list_roles()["Roles"]]
    assert [name.lower() for name in roles] == ["awsserviceroleforecs"]


@pytest.mark.usefixtures("aws")
def test_bootstrap_succeeds_without_the_permission_to_create_that_role(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    create_client = account.Account.client

    def create_denying_client(here: account.Account, service: str) -> Any:
        client = create_client(here, service)
        if service == "iam":
            denied = ClientError({"Error": {"Code": "AccessDenied"}}, "CreateServiceLinkedRole")
            client.create_service_linked_role = Mock(side_effect=denied)
        return client

    monkeypatch.setattr(account.Account, "client", create_denying_client)

    run_bootstrap()

    assert stack_names() == ["aquasense-dev-bootstrap"]


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId"])
def test_refused_credentials_are_named(
    aws: None, monkeypatch: pytest.MonkeyPatch, command: Any, code: str
) -> None:
    refusal = ClientError({"Error": {"Code": code, "Message": "The\ntoken"}}, "GetCallerIdentity")
    monkeypatch.setattr(boto3.Session, "client", Mock(side_effect=refusal))

    assert f"AWS refuses these credentials ({code})" in failure(command)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_missing_network_is_named(
    aws: None, monkeypatch: pytest.MonkeyPatch, command: Any
) -> None:
    error = EndpointConnectionError(endpoint_url="https://sts.eu-west-1.amazonaws.com/")
    monkeypatch.setattr(boto3.Session, "client", Mock(side_effect=error))

    assert "AWS cannot be reached" in failure(command)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_an_unknown_profile_is_named(monkeypatch: pytest.MonkeyPatch, command: Any) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    assert "nobody" in failure(command)


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_bootstrap_needs_only_one_of_the_region_variables(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for each in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(each)
    monkeypatch.setenv(name, "eu-west-2")

    run_bootstrap()

    stacks = boto3.client("cloudformation", region_name="eu-west-2").describe_stacks()["Stacks"]
    assert [stack["StackName"] for stack in stacks] == ["aquasense-dev-bootstrap"]


@pytest.mark.usefixtures("aws")
def test_the_commands_for_data_use_the_same_account_and_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_bootstrap()
    create_stack(TableName="table")
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    assert targets.find("dev").region == "eu-west-1"
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    assert "dev is in eu-west-1" in failure(targets.find, "dev")
    monkeypatch.delenv("AWS_REGION")
    assert "No AWS region" in failure(targets.find, "dev")


@pytest.mark.usefixtures("aws")
def test_the_commands_for_data_need_the_stack() -> None:
    assert "deploy it first" in failure(targets.find, "dev")


@pytest.mark.usefixtures("aws")
def test_the_commands_for_data_name_the_state_of_a_stack_that_only_holds_data() -> None:
    create_stack()

    line = failure(targets.find, "dev")

    assert "CREATE_COMPLETE, and nothing of it runs: ./aquasense status --env dev" in line


@pytest.mark.usefixtures("aws")
def test_a_missing_table_is_named_with_the_commands_of_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(status, "read_status", Mock(side_effect=TableNotFound))

    result = CliRunner().invoke(aquasense, ["status", "--env", "prod"])

    assert "./aquasense deploy --env prod" in str(result.exception)
    assert "./aquasense rebuild --env prod" in str(result.exception)


@pytest.mark.usefixtures("aws")
def test_status_of_nothing_says_what_to_do_and_what_an_earlier_stack_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_bootstrap()
    boto3.client("s3").create_bucket(
        Bucket=f"aquasense-dev-raw-{ACCOUNT}-eu-west-1",
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
    )
    capsys.readouterr()

    assert not status.show_status("dev", None, as_json=True)

    printed = json.loads(capsys.readouterr().out)
    assert [stack["name"] for stack in printed["stacks"]] == ["aquasense-dev-bootstrap"]
    assert printed["left"] == [f"aquasense-dev-raw-{ACCOUNT}-eu-west-1"]
    assert printed["attention"] == ["not deployed: ./aquasense deploy --env dev"]


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("REVIEW_IN_PROGRESS", "./aquasense deploy --env dev begins again"),
        ("ROLLBACK_COMPLETE", "./aquasense deploy --env dev begins again"),
        ("UPDATE_IN_PROGRESS", "wait"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("IMPORT_COMPLETE", "holds data and runs nothing"),
    ],
)
def test_status_says_what_to_do_about_a_stack_that_is_not_complete(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    state: str,
    message: str,
) -> None:
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    description = {"StackName": "aquasense-dev", "StackStatus": state, "CreationTime": moment}
    monkeypatch.setattr(
        account.Account,
        "describe",
        lambda here, stack: description if stack == here.stack else None,
    )

    assert not status.show_status("dev", None, as_json=False)

    printed = capsys.readouterr().out
    assert f"aquasense-dev  {state} since 2026-11-24T00:00:00Z" in printed
    assert message in printed


def test_a_failed_build_of_the_image_prints_its_last_lines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "docker"
    script.write_text(
        '#!/bin/sh\n[ "$1" = build ] || exit 0\nseq 1 50\necho no space left >&2\nexit 1\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    assert failure(image.build_image, ()) == "docker build failed: no space left"

    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.split() == [str(line) for line in range(31, 51)]


def test_docker_that_cannot_be_run_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert "docker cannot be run" in failure(docker.run, "version")


def test_the_last_upload_is_purged_when_its_content_was_removed():
    item = {"id": "u", "file": "a.csv", "uploaded_at": "t", "status": "incorporated", "lines": 3}
    assert describe_upload(item)["status"] == "incorporated"
    purged = describe_upload(item | {"purged_at": "later"})
    assert purged == {"id": "u", "file": "a.csv", "uploaded_at": "t", "status": "purged"}
