"""The operator's make targets: the errors before a change, and the changes."""

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

# moto does not support bucket policies, and warns about them.
pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse AWS..S3..BucketPolicy:UserWarning")

ACCOUNT, OTHER = "123456789012", "210987654321"
VERBS = {"bootstrap": bootstrap, "push": push, "deploy": deploy, "destroy": destroy}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Unset all variables of an operator's shell but ENV."""
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
    """Mock an empty account."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
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
def sam(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Mock SAM, and return its commands."""
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(deploy, "_run_sam", lambda *arguments: commands.append(arguments))
    return commands


def put_image(tag: str = "0123456789ab") -> None:
    boto3.client("ecr").put_image(
        repositoryName="aquasense-dev",
        imageTag=tag,
        imageManifest=f'{{"tag": "{tag}"}}',
        imageManifestMediaType="application/vnd.docker.distribution.manifest.v2+json",
    )


def parse_overrides(overrides: Sequence[str]) -> dict[str, str]:
    """Parse the arguments of --parameter-overrides with SAM itself."""
    convert = (
        "import json, sys; from samcli.cli.types import CfnParameterOverridesType as Type; "
        "print(json.dumps(Type().convert(tuple(sys.argv[1:]), None, None)))"
    )
    process = subprocess.run(
        [ROOT / ".venv-sam/bin/python", "-c", convert, *overrides],
        capture_output=True,
        text=True,
        check=True,
    )
    parameters: dict[str, str] = json.loads(process.stdout)
    return parameters


def failure(main: Callable[[], int]) -> str:
    """Return the one-line message of a command that fails."""
    with pytest.raises(Failure) as failed:
        main()
    line = str(failed.value)
    assert "\n" not in line
    return line


def stack_names() -> list[str]:
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    return [stack["StackName"] for stack in stacks]


CREDENTIALS = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
REGION = dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION"))
ENVIRONMENTS = ("staging", "", "local", "DEV", "dev prod")


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
@pytest.mark.parametrize(
    ("variables", "words"),
    [
        *(({"ENV": name}, ["ENV must be one of dev, prod"]) for name in ENVIRONMENTS),
        (CREDENTIALS, ["No AWS credentials"]),
        (REGION, ["No AWS region"]),
        ({"ACCOUNT": OTHER}, [ACCOUNT, OTHER]),
    ],
)
def test_a_wrong_or_missing_variable_is_rejected(
    aws: None,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str | None],
    words: list[str],
    verb: Any,
) -> None:
    with monkeypatch.context() as patch:
        for name, value in variables.items():
            patch.delenv(name) if value is None else patch.setenv(name, value)
        line = failure(verb.main)

    assert all(word in line for word in words)
    assert stack_names() == []


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        ((OTHER, "eu-west-1"), f"dev is in {ACCOUNT}"),
        ((ACCOUNT, "us-east-1"), "dev is in eu-west-1"),
    ],
)
def test_credentials_of_another_account_or_region_than_the_bootstrapped_are_rejected(
    aws: None, monkeypatch: pytest.MonkeyPatch, identity: tuple[str, str], message: str
) -> None:
    bootstrap.main()
    monkeypatch.setattr(account, "_identity", lambda: identity)

    assert message in failure(deploy.main)


def test_bootstrap_creates_registry_and_bucket_and_can_be_repeated(
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
    # The service-linked role of ECS.
    [role] = boto3.client("iam").list_roles()["Roles"]
    assert role["RoleName"].lower() == "awsserviceroleforecs"


@pytest.mark.usefixtures("aws", "engine")
@pytest.mark.parametrize("verb", [push, deploy])
def test_push_and_deploy_need_the_bootstrap(verb: Any, sam: list[tuple[str, ...]]) -> None:
    assert "make bootstrap ENV=dev" in failure(verb.main)
    assert sam == []


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("verb", [push, image])
def test_push_and_image_need_a_docker_engine(monkeypatch: pytest.MonkeyPatch, verb: Any) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert "Docker" in failure(verb.main)


@pytest.mark.usefixtures("aws", "engine")
def test_push_needs_an_image(monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap.main()
    monkeypatch.setattr(docker, "has_image", lambda name: False)

    assert "make image" in failure(push.main)


@pytest.mark.usefixtures("aws", "engine")
def test_push_rejects_uncommitted_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap.main()
    monkeypatch.setattr(commit, "changed", lambda: [" M ecs/api/app.py", " M ecs/Dockerfile"])

    assert "ecs/api/app.py and more" in failure(push.main)


@pytest.mark.usefixtures("aws")
def test_push_can_be_repeated_and_passes_the_password_on_standard_input(
    engine: list[tuple[str, ...]],
) -> None:
    bootstrap.main()
    push.main()
    first = list(engine)
    push.main()

    assert [arguments[0] for arguments in first] == ["login", "tag", "push"]
    assert engine == first
    assert "--password-stdin" in first[0]
    assert not [word for word in first[0] if word.startswith(("--password=", "-p"))]


@pytest.mark.usefixtures("aws", "engine")
def test_deploy_needs_the_pushed_image(sam: list[tuple[str, ...]]) -> None:
    bootstrap.main()

    assert "make image push ENV=dev" in failure(deploy.main)
    assert sam == []


@pytest.mark.usefixtures("aws", "engine")
def test_deploy_passes_the_digest_the_configuration_and_set_parameters(
    sam: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.main()
    push.main()
    monkeypatch.setenv("SET", 'AlertEmail=a@b.example Note="two words" EnableScaling=false')

    deploy.main()

    build, deployment = sam
    overrides = deployment[deployment.index("--parameter-overrides") + 1 :]
    parameters = parse_overrides(overrides)
    assert build == ("build",)
    assert deployment[: deployment.index("--region")] == ("deploy", "--config-env", "dev")
    assert "@sha256:" in parameters["ImageUri"]
    assert parameters["Environment"] == "dev"
    assert parameters["CpuArchitecture"] == "X86_64"
    assert parameters["Note"] == "two words"
    assert parameters["EnableScaling"] == "false"
    assert "--no-confirm-changeset" not in deployment


@pytest.mark.usefixtures("aws")
def test_deploy_without_an_image_deploys_no_containers(
    sam: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.main()
    monkeypatch.setenv("IMAGE", "none")

    deploy.main()

    overrides = sam[1][sam[1].index("--parameter-overrides") + 1 :]
    assert parse_overrides(overrides) == {"Environment": "dev", "ImageUri": ""}


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("value", ['say "cheese"', "back\\slash"])
def test_deploy_rejects_values_that_sam_cannot_parse(
    sam: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    bootstrap.main()
    monkeypatch.setenv("IMAGE", "none")
    monkeypatch.setenv("SET", f"Note='{value}'")

    assert "Note cannot have" in failure(deploy.main)
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
def test_deploy_rejects_a_stack_that_cannot_be_updated(
    sam: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, status: str, hint: str
) -> None:
    monkeypatch.setattr(account.Account, "describe", lambda *_: {"StackStatus": status})

    assert hint in failure(deploy.main)
    assert sam == []


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

    assert bootstrap.main() == 0


@pytest.mark.usefixtures("aws")
def test_a_first_deployment_that_was_declined_can_be_repeated(
    sam: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.main()
    monkeypatch.setenv("IMAGE", "none")
    describe_stack = account.Account.describe

    def describe(here: account.Account, stack: str) -> Any:
        if stack == here.stack:
            return {"StackStatus": "REVIEW_IN_PROGRESS"}
        return describe_stack(here, stack)

    monkeypatch.setattr(account.Account, "describe", describe)

    deploy.main()

    assert [arguments[0] for arguments in sam] == ["build", "deploy"]


@pytest.mark.usefixtures("aws", "engine")
def test_destroy_needs_the_name_of_the_stack_as_confirmation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bootstrap.main()
    before = stack_names()

    monkeypatch.setattr("sys.stdin", io.StringIO("aquasense-dev\n"))
    assert "YES=aquasense-dev" in failure(destroy.main)
    monkeypatch.setenv("YES", "1")
    assert "YES=aquasense-dev" in failure(destroy.main)
    for answer in ("y", "yes", "", "aquasense-prod"):
        monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
        assert "Nothing was removed" in failure(destroy.main)

    assert stack_names() == before


@pytest.mark.usefixtures("aws", "engine")
def test_destroy_empties_buckets_and_registry_first(monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap.main()
    push.main()
    s3 = boto3.client("s3")
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    for _ in range(3):
        s3.put_object(Bucket=bucket, Key="package", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="package")
    monkeypatch.setattr("sys.stdin", Terminal("aquasense-dev\n"))

    assert destroy.main() == 0

    assert stack_names() == []
    assert s3.list_buckets()["Buckets"] == []
    assert boto3.client("ecr").describe_repositories()["repositories"] == []


@pytest.mark.usefixtures("aws")
def test_destroy_removes_a_stack_without_resources(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A first deployment that was declined or rolled back leaves such a stack.
    template = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    boto3.client("cloudformation").create_stack(StackName="aquasense-dev", TemplateBody=template)
    monkeypatch.setattr(destroy, "_list_resources", lambda *_: iter(()))
    monkeypatch.setenv("YES", "aquasense-dev")

    assert destroy.main() == 0

    assert stack_names() == []


@pytest.mark.usefixtures("aws")
def test_destroy_succeeds_if_nothing_exists(capsys: pytest.CaptureFixture[str]) -> None:
    assert destroy.main() == 0
    assert "Nothing of aquasense-dev" in capsys.readouterr().out


class Terminal(io.StringIO):
    """Standard input of a terminal."""

    def isatty(self) -> bool:
        return True
