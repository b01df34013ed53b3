"""The operator's verbs: what they refuse before anything is made, and what they make and remove."""

import io
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.support import ROOT
from tools import account, bootstrap, commit, deploy, destroy, docker, image, push
from tools.console import Failure

# The account here is moto's, which knows no bucket policies and says so.
pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse AWS..S3..BucketPolicy:UserWarning")

ACCOUNT, OTHER = "123456789012", "210987654321"
VERBS = {"bootstrap": bootstrap, "push": push, "deploy": deploy, "destroy": destroy}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An operator's shell with nothing set but the environment."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name in ("ACCOUNT", "YES", "SET", "IMAGE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ENV", "dev")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setattr(account, "NOTE", tmp_path / "accounts.json")
    monkeypatch.setattr(commit, "tag", lambda: "0123456789ab")
    monkeypatch.setattr(commit, "changed", list)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account, empty."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """A Docker engine that has the image and takes every command."""
    commands: list[tuple[str, ...]] = []

    def run(*arguments: str, stdin: str | None = None) -> str:
        commands.append(arguments)
        if arguments[0] == "push":
            uploaded()
        return "amd64"

    monkeypatch.setattr(docker, "require_engine", lambda: None)
    monkeypatch.setattr(docker, "has_image", lambda name: True)
    monkeypatch.setattr(docker, "run", run)
    return commands


@pytest.fixture
def sam(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(deploy, "_sam", lambda *arguments: commands.append(arguments))
    return commands


def uploaded(tag: str = "0123456789ab") -> None:
    boto3.client("ecr").put_image(
        repositoryName="aquasense-dev",
        imageTag=tag,
        imageManifest=f'{{"tag": "{tag}"}}',
        imageManifestMediaType="application/vnd.docker.distribution.manifest.v2+json",
    )


def understood(overrides: Sequence[str]) -> dict[str, str]:
    """What SAM itself takes the arguments of --parameter-overrides for."""
    convert = (
        "import json, sys; from samcli.cli.types import CfnParameterOverridesType as Type; "
        "print(json.dumps(Type().convert(tuple(sys.argv[1:]), None, None)))"
    )
    done = subprocess.run(
        [ROOT / ".venv-sam/bin/python", "-c", convert, *overrides],
        capture_output=True,
        text=True,
        check=True,
    )
    taken: dict[str, str] = json.loads(done.stdout)
    return taken


def refusal(verb: Callable[[], int]) -> str:
    with pytest.raises(Failure) as refused:
        verb()
    line = str(refused.value)
    assert "\n" not in line
    return line


def made() -> list[str]:
    return [one["StackName"] for one in boto3.client("cloudformation").describe_stacks()["Stacks"]]


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
@pytest.mark.parametrize("environment", ["staging", "", "local", "DEV", "dev prod"])
def test_an_unknown_environment_is_refused(
    aws: None, monkeypatch: pytest.MonkeyPatch, environment: str, verb: Any
) -> None:
    monkeypatch.setenv("ENV", environment)

    assert "ENV must be one of dev, prod" in refusal(verb.main)
    assert made() == []


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_missing_credentials_are_refused(monkeypatch: pytest.MonkeyPatch, verb: Any) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    assert "No AWS credentials" in refusal(verb.main)


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_a_missing_region_is_refused(monkeypatch: pytest.MonkeyPatch, verb: Any) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    assert "No AWS region" in refusal(verb.main)


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_credentials_for_another_account_than_said_are_refused(
    aws: None, monkeypatch: pytest.MonkeyPatch, verb: Any
) -> None:
    monkeypatch.setenv("ACCOUNT", OTHER)

    line = refusal(verb.main)

    assert ACCOUNT in line
    assert OTHER in line
    assert made() == []


def test_credentials_for_another_account_than_bootstrapped_are_refused(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.main()
    monkeypatch.setattr(account, "_identity", lambda: (OTHER, "eu-west-1"))

    assert f"dev is in {ACCOUNT}" in refusal(deploy.main)


def test_another_region_than_bootstrapped_is_refused(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.main()
    monkeypatch.setattr(account, "_identity", lambda: (ACCOUNT, "us-east-1"))

    assert "dev is in eu-west-1" in refusal(deploy.main)


def test_bootstrap_makes_registry_and_bucket_and_again_changes_nothing(
    aws: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bootstrap.main() == 0
    first = capsys.readouterr().out
    assert bootstrap.main() == 0
    assert "created" in first

    [repository] = boto3.client("ecr").describe_repositories()["repositories"]
    assert repository["repositoryName"] == "aquasense-dev"
    assert repository["imageTagMutability"] == "IMMUTABLE"
    [bucket] = boto3.client("s3").list_buckets()["Buckets"]
    assert bucket["Name"] == f"aquasense-dev-artifacts-{ACCOUNT}-eu-west-1"


@pytest.mark.usefixtures("aws", "engine")
def test_pushing_before_the_bootstrap_says_so() -> None:
    assert "make bootstrap ENV=dev" in refusal(push.main)


@pytest.mark.usefixtures("aws")
def test_pushing_without_an_engine_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert "Docker" in refusal(push.main)


def test_building_without_an_engine_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert "Docker" in refusal(image.main)


@pytest.mark.usefixtures("aws", "engine")
def test_pushing_an_image_that_was_not_built_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap.main()
    monkeypatch.setattr(docker, "has_image", lambda name: False)

    assert "make image" in refusal(push.main)


@pytest.mark.usefixtures("aws", "engine")
def test_what_is_not_committed_is_not_pushed(monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap.main()
    monkeypatch.setattr(commit, "changed", lambda: [" M ecs/api/app.py", " M ecs/Dockerfile"])

    assert "ecs/api/app.py and more" in refusal(push.main)


@pytest.mark.usefixtures("aws")
def test_pushing_again_changes_nothing(engine: list[tuple[str, ...]]) -> None:
    bootstrap.main()
    push.main()
    done = list(engine)
    push.main()

    assert [arguments[0] for arguments in done] == ["login", "tag", "push"]
    assert engine == done


@pytest.mark.usefixtures("aws")
def test_the_registrys_password_is_in_no_command(engine: list[tuple[str, ...]]) -> None:
    bootstrap.main()
    push.main()

    login = engine[0]
    assert "--password-stdin" in login
    assert not [word for word in login if word.startswith(("--password=", "-p"))]


@pytest.mark.usefixtures("aws", "engine")
def test_deploying_without_the_image_is_refused(sam: list[tuple[str, ...]]) -> None:
    bootstrap.main()

    assert "make image push ENV=dev" in refusal(deploy.main)
    assert sam == []


@pytest.mark.usefixtures("aws", "engine")
def test_deploying_before_the_bootstrap_is_refused(sam: list[tuple[str, ...]]) -> None:
    assert "make bootstrap ENV=dev" in refusal(deploy.main)
    assert sam == []


@pytest.mark.usefixtures("aws", "engine")
def test_it_deploys_by_digest_what_is_configured_and_asked_for(
    sam: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.main()
    push.main()
    monkeypatch.setenv("SET", 'AlertEmail=a@b.example Note="two words" EnableScaling=false')

    deploy.main()

    build, deployment = sam
    overrides = deployment[deployment.index("--parameter-overrides") + 1 :]
    given = understood(overrides)
    assert build == ("build",)
    assert deployment[: deployment.index("--region")] == ("deploy", "--config-env", "dev")
    assert "@sha256:" in given["ImageUri"]
    assert given["Environment"] == "dev"
    assert given["CpuArchitecture"] == "X86_64"
    assert given["Note"] == "two words"
    assert given["EnableScaling"] == "false"
    assert "--no-confirm-changeset" not in deployment


@pytest.mark.usefixtures("aws")
def test_it_deploys_without_containers_when_asked_to(
    sam: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.main()
    monkeypatch.setenv("IMAGE", "none")

    deploy.main()

    overrides = sam[1][sam[1].index("--parameter-overrides") + 1 :]
    assert understood(overrides) == {"Environment": "dev", "ImageUri": ""}


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("value", ['say "cheese"', "back\\slash"])
def test_what_cannot_be_said_to_sam_is_refused(
    sam: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    bootstrap.main()
    monkeypatch.setenv("IMAGE", "none")
    monkeypatch.setenv("SET", f"Note='{value}'")

    assert "Note cannot have" in refusal(deploy.main)
    assert sam == []


@pytest.mark.usefixtures("aws", "engine")
@pytest.mark.parametrize(
    ("status", "hint"),
    [
        ("ROLLBACK_COMPLETE", "make destroy ENV=dev"),
        ("DELETE_FAILED", "make destroy ENV=dev"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("UPDATE_IN_PROGRESS", "wait"),
    ],
)
def test_a_stack_that_cannot_be_updated_is_not_tried(
    sam: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, status: str, hint: str
) -> None:
    monkeypatch.setattr(account.Account, "describe", lambda *_: {"StackStatus": status})

    assert hint in refusal(deploy.main)
    assert sam == []


@pytest.mark.usefixtures("aws")
def test_bootstrap_makes_the_role_that_ecs_acts_by_once() -> None:
    bootstrap.main()
    bootstrap.main()

    roles = [one["RoleName"] for one in boto3.client("iam").list_roles()["Roles"]]
    assert [role.lower() for role in roles] == ["awsserviceroleforecs"]


@pytest.mark.usefixtures("aws")
def test_bootstrap_does_not_insist_on_that_role_where_roles_cannot_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = account.Account.client

    def refusing(here: account.Account, service: str) -> Any:
        made = client(here, service)
        if service == "iam":
            denied = ClientError({"Error": {"Code": "AccessDenied"}}, "CreateServiceLinkedRole")
            made.create_service_linked_role = Mock(side_effect=denied)
        return made

    monkeypatch.setattr(account.Account, "client", refusing)

    assert bootstrap.main() == 0


@pytest.mark.usefixtures("aws")
def test_a_first_deployment_that_was_not_gone_through_with_can_be_tried_again(
    sam: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.main()
    monkeypatch.setenv("IMAGE", "none")
    found = account.Account.describe

    def describe(here: account.Account, stack: str) -> Any:
        if stack == here.stack:
            return {"StackStatus": "REVIEW_IN_PROGRESS"}
        return found(here, stack)

    monkeypatch.setattr(account.Account, "describe", describe)

    deploy.main()

    assert [arguments[0] for arguments in sam] == ["build", "deploy"]


@pytest.mark.usefixtures("aws", "engine")
def test_destroy_asks_and_takes_nothing_but_the_name_for_yes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bootstrap.main()
    before = made()

    monkeypatch.setattr("sys.stdin", io.StringIO("aquasense-dev\n"))
    assert "YES=aquasense-dev" in refusal(destroy.main)
    monkeypatch.setenv("YES", "1")
    assert "YES=aquasense-dev" in refusal(destroy.main)
    for answer in ("y", "yes", "", "aquasense-prod"):
        monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
        assert "Nothing was removed" in refusal(destroy.main)

    assert made() == before


@pytest.mark.usefixtures("aws", "engine")
def test_destroy_removes_what_would_block_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap.main()
    push.main()
    s3 = boto3.client("s3")
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    for _ in range(3):
        s3.put_object(Bucket=bucket, Key="package", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="package")
    monkeypatch.setattr("sys.stdin", Terminal("aquasense-dev\n"))

    assert destroy.main() == 0

    assert made() == []
    assert s3.list_buckets()["Buckets"] == []
    assert boto3.client("ecr").describe_repositories()["repositories"] == []


@pytest.mark.usefixtures("aws")
def test_a_stack_of_which_nothing_is_left_is_removed_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As of a first deployment that was declined, or went back.
    template = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    boto3.client("cloudformation").create_stack(StackName="aquasense-dev", TemplateBody=template)
    monkeypatch.setattr(destroy, "_resources", lambda *_: iter(()))
    monkeypatch.setenv("YES", "aquasense-dev")

    assert destroy.main() == 0

    assert made() == []


@pytest.mark.usefixtures("aws")
def test_destroying_nothing_is_no_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert destroy.main() == 0
    assert "Nothing of aquasense-dev" in capsys.readouterr().out


class Terminal(io.StringIO):
    """Somebody at a keyboard."""

    def isatty(self) -> bool:
        return True
