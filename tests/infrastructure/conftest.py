"""An operator's shell, and an AWS account, a Docker engine and SAM that are mocked."""

import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli import docker, sam
from cli.aws import account
from cli.console import Failure
from cli.deploy import bootstrap, commit, deploy, destroy, registry
from cli.local import builds

TAG = "0123456789ab"
# moto does not support bucket policies, and warns about them.
NO_POLICIES = pytest.mark.filterwarnings("ignore:Tried to parse AWS..S3..BucketPolicy:UserWarning")


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Unset the variables of an operator's shell, and fix the commit."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name == "ACCOUNT":
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setattr(account, "NOTE", tmp_path / "accounts.json")
    monkeypatch.setattr(commit, "tag", lambda: TAG)
    monkeypatch.setattr(commit, "changed", list)


@pytest.fixture
def aws(shell: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Mock an empty account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    # For the clients of the tests themselves.
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Mock a Docker engine that has the image, and return its commands."""
    commands: list[tuple[str, ...]] = []

    def run(*arguments: str, stdin: str | None = None) -> str:
        commands.append(arguments)
        if arguments[0] == "push":
            put_image()
        return "amd64"

    monkeypatch.setattr(docker, "require_engine", lambda: None)
    monkeypatch.setattr(docker, "has_image", lambda name: True)
    monkeypatch.setattr(docker, "run", run)
    return commands


@pytest.fixture
def sam_commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Mock SAM with one that creates the stack, and return its commands."""
    commands: list[tuple[str, ...]] = []

    def run(*arguments: str, **_: object) -> None:
        commands.append(arguments)
        client = boto3.client("cloudformation")
        if arguments[0] == "deploy" and not client.describe_stacks()["Stacks"][1:]:
            create_stack()

    def build(*_: object) -> Path:
        commands.append(("build",))
        return Path("build")

    monkeypatch.setattr(sam, "run", run)
    monkeypatch.setattr(builds, "build", build)
    return commands


def create_stack(name: str = "aquasense-dev", **outputs: str) -> None:
    """Create the application's stack with one topic."""
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))


def put_image(tag: str = TAG) -> None:
    boto3.client("ecr").put_image(
        repositoryName="aquasense-dev",
        imageTag=tag,
        imageManifest=f'{{"tag": "{tag}"}}',
        imageManifestMediaType="application/vnd.docker.distribution.manifest.v2+json",
    )


def run_bootstrap() -> None:
    bootstrap.bootstrap("dev")


def run_push() -> None:
    registry.push("dev")


def run_deploy(
    *settings: str, environment: str = "dev", containers: bool = True, **choices: Any
) -> None:
    deploy.deploy(
        environment,
        settings,
        containers=containers,
        architecture="",
        options=deploy.Options(**choices),
    )


def run_destroy(confirmed: str = "") -> None:
    destroy.destroy("dev", confirmed)


COMMANDS = {
    "bootstrap": run_bootstrap,
    "push": run_push,
    "deploy": run_deploy,
    "destroy": run_destroy,
}


def failure(command: Callable[..., None], *arguments: str, **options: Any) -> str:
    """Return the one-line message of a command that fails."""
    with pytest.raises(Failure) as failed:
        command(*arguments, **options)
    line = str(failed.value)
    assert "\n" not in line
    return line


def stack_names() -> list[str]:
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    return [stack["StackName"] for stack in stacks]


class Terminal(io.StringIO):
    """Standard input of a terminal."""

    def isatty(self) -> bool:
        return True
