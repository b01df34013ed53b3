"""What deploy adds to the template: reserve, tags, protection, findings, changes and health."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from cli import sam
from cli.aws import account
from cli.aws.account import Account
from cli.console import Failure
from cli.deploy import changes, health, safeguards
from cli.deploy.registry import Registry
from tests.infrastructure.conftest import (
    create_stack,
    failure,
    put_image,
    run_bootstrap,
    run_deploy,
    run_push,
)

pytestmark = [
    pytest.mark.usefixtures("aws", "engine"),
    # moto does not support bucket policies, and warns about them.
    pytest.mark.filterwarnings("ignore:Tried to parse AWS..S3..BucketPolicy:UserWarning"),
]
Commands = list[tuple[str, ...]]
HERE = Account("prod", "123456789012", "eu-west-1")
Stub = Callable[[str], Stubber]


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """Return a function that stubs the client of a service."""
    stubbers: dict[str, Stubber] = {}

    def add(service: str) -> Stubber:
        stubbers[service] = Stubber(boto3.client(service))  # type: ignore[call-overload]
        stubbers[service].activate()
        return stubbers[service]

    monkeypatch.setattr(Account, "client", lambda _, service: stubbers[service].client)
    yield add
    for stubber in stubbers.values():
        stubber.assert_no_pending_responses()


def settings(unreserved: int) -> dict[str, Any]:
    return {"AccountLimit": {"UnreservedConcurrentExecutions": unreserved}}


@pytest.mark.parametrize(
    ("unreserved", "reserve"),
    [(10, {}), (119, {}), (120, {"QueryConcurrency": "20"}), (1000, {"QueryConcurrency": "20"})],
)
def test_concurrency_is_reserved_where_the_account_allows_it(
    stub: Stub, unreserved: int, reserve: dict[str, str]
) -> None:
    stub("lambda").add_response("get_account_settings", settings(unreserved))

    assert safeguards.choose_reserve(HERE, None) == reserve


def test_an_account_that_does_not_tell_its_limits_reserves_nothing(stub: Stub) -> None:
    stub("lambda").add_client_error("get_account_settings", "AccessDeniedException")

    assert safeguards.choose_reserve(HERE, None) == {}


def test_a_later_deployment_keeps_the_reserve_of_the_first(stub: Stub) -> None:
    parameters = [{"ParameterKey": "QueryConcurrency", "ParameterValue": "0"}]

    assert safeguards.choose_reserve(HERE, {"Parameters": parameters}) == {}


def test_every_resource_is_tagged_and_the_owner_is_kept(sam_commands: Commands) -> None:
    run_bootstrap()

    run_deploy(containers=False, owner="Ana Ruiz")

    [command] = [command for command in sam_commands if command[0] == "deploy"]
    tags = command[command.index("--tags") + 1 : command.index("--parameter-overrides")]
    assert tags == ('application="aquasense"', 'environment="dev"', 'owner="Ana Ruiz"')
    before = {"Tags": [{"Key": "owner", "Value": "Ana Ruiz"}]}
    assert safeguards.choose_tags("dev", "", before)["owner"] == "Ana Ruiz"
    assert safeguards.choose_tags("dev", "Eva", before)["owner"] == "Eva"
    [stack] = boto3.client("cloudformation").describe_stacks(StackName="aquasense-dev-bootstrap")[
        "Stacks"
    ]
    assert {tag["Key"] for tag in stack["Tags"]} == {"application", "environment"}


@pytest.mark.parametrize(("value", "protected"), [("true", True), ("false", False)])
def test_the_stacks_are_protected_as_the_table_is(stub: Stub, value: str, protected: bool) -> None:
    client = stub("cloudformation")
    stack = {"StackName": "aquasense-prod", "CreationTime": 0, "StackStatus": "CREATE_COMPLETE"}
    bootstrap = stack | {"StackName": "aquasense-prod-bootstrap"}
    parameters = [{"ParameterKey": "EnableDeletionProtection", "ParameterValue": value}]
    client.add_response(
        "describe_stacks", {"Stacks": [bootstrap | {"EnableTerminationProtection": not protected}]}
    )
    for name in ("aquasense-prod", "aquasense-prod-bootstrap"):
        client.add_response(
            "update_termination_protection",
            {},
            {"StackName": name, "EnableTerminationProtection": protected},
        )

    safeguards.protect_stacks(
        HERE, stack | {"Parameters": parameters, "EnableTerminationProtection": not protected}
    )


def test_prod_is_protected_by_default() -> None:
    def protection(environment: str) -> str | None:
        parameters = safeguards.read_samconfig(environment, "parameter_overrides")
        return parameters.get("EnableDeletionProtection")

    assert (protection("prod"), protection("dev")) == ("true", None)


# Findings and digests


@pytest.fixture
def pushed() -> Registry:
    run_bootstrap()
    put_image()
    return Registry.find(Account("dev", "123456789012", "eu-west-1"))


def digest_of(registry: Registry) -> str:
    digest = registry.digest("0123456789ab")
    assert digest is not None
    return digest


def test_serious_findings_stop_a_deployment_unless_they_are_accepted(
    pushed: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = digest_of(pushed)
    # moto finds a high vulnerability in every image.
    boto3.client("ecr").start_image_scan(
        repositoryName="aquasense-dev", imageId={"imageTag": "0123456789ab"}
    )

    with pytest.raises(Failure, match=r"\(1 high\).*--accept-findings"):
        pushed.require_no_findings(digest, accepted=False)
    pushed.require_no_findings(digest, accepted=True)

    assert "which is accepted" in capsys.readouterr().err


def scan(status: str, **counts: int) -> dict[str, Any]:
    return {
        "imageScanStatus": {"status": status},
        "imageScanFindings": {"findingSeverityCounts": counts},
    }


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (scan("COMPLETE", MEDIUM=3, LOW=1), None),
        (scan("COMPLETE", HIGH=2), "2 high"),
        (scan("FAILED"), "scan of the image is failed"),
    ],
)
def test_only_a_finished_scan_without_serious_findings_passes(
    pushed: Registry, stub: Stub, result: dict[str, Any], message: str | None
) -> None:
    client = stub("ecr")
    client.add_response("describe_image_scan_findings", result)
    if result["imageScanStatus"]["status"] == "COMPLETE":
        client.add_response("describe_image_scan_findings", result)
    if message is None:
        pushed.require_no_findings("sha256:0", accepted=False)
        return
    with pytest.raises(Failure, match=message):
        pushed.require_no_findings("sha256:0", accepted=False)


def test_an_image_that_was_not_tested_is_refused(sam_commands: Commands) -> None:
    run_bootstrap()
    run_push()

    assert "push the image that was tested" in failure(run_deploy, digest="sha256:other")
    assert sam_commands == []


# Changes of nested stacks


CHANGE = {"Type": "Resource"}
NESTED = {
    "Action": "Modify", "LogicalResourceId": "Api", "ChangeSetId": "arn:nested",
    "ResourceType": "AWS::CloudFormation::Stack",
}  # fmt: skip
RULE = {
    "Action": "Modify", "LogicalResourceId": "SecurityGroup", "Replacement": "True",
    "ResourceType": "AWS::EC2::SecurityGroup",
    "Details": [{"Target": {"Attribute": "Properties", "Name": "SecurityGroupIngress"}}],
}  # fmt: skip
BEFORE = {"Parameters": [{"ParameterKey": "AlertEmail", "ParameterValue": "****"}]}


def add_change_set(client: Stubber, description: dict[str, Any]) -> None:
    client.add_response(
        "create_change_set",
        {"Id": "arn:root"},
        {
            "StackName": "aquasense-prod", "ChangeSetName": ANY, "ChangeSetType": "UPDATE",
            "IncludeNestedStacks": True, "Capabilities": ANY, "TemplateBody": "template",
            "Parameters": [
                {"ParameterKey": "Environment", "ParameterValue": "prod"},
                {"ParameterKey": "AlertEmail", "UsePreviousValue": True},
            ],
            "Tags": [{"Key": "owner", "Value": "Ana"}],
        },
    )  # fmt: skip
    client.add_response("describe_change_set", description, {"ChangeSetName": "arn:root"})


def run_show(tmp_path: Path) -> None:
    (tmp_path / "packaged.yaml").write_text("template")
    changes.show_changes(
        HERE, tmp_path / "packaged.yaml", {"Environment": "prod"}, {"owner": "Ana"}, BEFORE
    )


def test_changes_of_nested_stacks_are_shown_and_nothing_is_changed(
    stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = stub("cloudformation")
    root = {"Status": "CREATE_COMPLETE", "Changes": [CHANGE | {"ResourceChange": NESTED}]}
    add_change_set(client, root)
    client.add_response("describe_change_set", root, {"ChangeSetName": "arn:root"})
    client.add_response(
        "describe_change_set",
        {"Changes": [CHANGE | {"ResourceChange": RULE}]},
        {"ChangeSetName": "arn:nested"},
    )
    client.add_response("delete_change_set", {}, {"ChangeSetName": "arn:root"})

    run_show(tmp_path)

    assert capsys.readouterr().out.splitlines()[1:] == [
        "  Modify Api/SecurityGroup (AWS::EC2::SecurityGroup) replaced SecurityGroupIngress"
    ]


@pytest.mark.parametrize("reason", [*changes.NOTHING, "Template error"])
def test_a_failed_change_set_is_nothing_or_explained(
    stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    client = stub("cloudformation")
    failed = {"Status": "FAILED", "StatusReason": f"The submitted information {reason}"}
    add_change_set(client, failed)
    client.add_response("describe_change_set", failed)
    client.add_response("delete_change_set", {})

    if reason in changes.NOTHING:
        run_show(tmp_path)
        assert "nothing" in capsys.readouterr().out
    else:
        with pytest.raises(Failure, match="Template error"):
            run_show(tmp_path)


def test_a_dry_run_deploys_nothing(
    sam_commands: Commands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_bootstrap()
    shown: list[Any] = []
    monkeypatch.setattr(changes, "show_changes", lambda *arguments: shown.append(arguments))

    run_deploy(containers=False, dry_run=True)

    assert "everything would be created" in capsys.readouterr().out
    assert sam_commands == []
    create_stack()
    describe = Account.describe
    url = {"Outputs": [{"OutputKey": "Url", "OutputValue": "https://a.example"}]}
    monkeypatch.setattr(
        Account,
        "describe",
        lambda here, stack: (url if stack == here.stack else {}) | describe(here, stack),
    )
    run_deploy(dry_run=True, digest="sha256:0")

    assert [command[0] for command in sam_commands] == ["build", "package"]
    [(_, packaged, parameters, tags, _)] = shown
    assert packaged == Path("build/packaged.yaml")
    assert parameters["ImageUri"].endswith("@sha256:0")
    assert tags["environment"] == "dev"


# Health


def answer(payload: Any) -> dict[str, Any]:
    body = json.dumps(payload).encode()
    return {"Payload": StreamingBody(io.BytesIO(body), len(body))}


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({"statusCode": 200}, None),
        ({"statusCode": 503}, r"does not answer \(503\)"),
        ({"errorMessage": "no module"}, "no module"),
        (None, "does not answer"),
    ],
)
def test_the_function_is_asked_inside_aws(stub: Stub, payload: Any, message: str | None) -> None:
    stub("lambda").add_response(
        "invoke", answer(payload), {"FunctionName": "query", "Payload": ANY}
    )

    outputs = {"QueryFunctionName": "query"}
    if message is None:
        health.check_health(HERE, outputs)
    else:
        with pytest.raises(Failure, match=f"is deployed, but.*{message}"):
            health.check_health(HERE, outputs)


@pytest.mark.parametrize(
    ("running", "state", "message"),
    [
        (2, "healthy", None),
        (1, "healthy", "1 of 2 containers run"),
        (2, "unhealthy", "no container is healthy"),
    ],
)
def test_containers_and_targets_are_asked_inside_aws(
    stub: Stub, running: int, state: str, message: str | None
) -> None:
    service = {
        "desiredCount": 2,
        "runningCount": running,
        "loadBalancers": [{"targetGroupArn": "arn:targets"}],
    }
    stub("ecs").add_response("describe_services", {"services": [service]})
    stub("elbv2").add_response(
        "describe_target_health",
        {"TargetHealthDescriptions": [{"TargetHealth": {"State": state}}]},
        {"TargetGroupArn": "arn:targets"},
    )

    outputs = {"ClusterName": "cluster", "ServiceName": "service"}
    if message is None:
        health.check_health(HERE, outputs)
    else:
        with pytest.raises(Failure, match=message):
            health.check_health(HERE, outputs)


def test_a_role_that_may_not_ask_has_deployed_nevertheless(
    stub: Stub, capsys: pytest.CaptureFixture[str]
) -> None:
    stub("lambda").add_client_error("invoke", "AccessDeniedException")

    health.check_health(HERE, {"QueryFunctionName": "query"})

    assert "The health was not checked" in capsys.readouterr().err


def test_a_partition_other_than_aws_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "cn-north-1")

    assert "partition aws-cn: only aws" in failure(account.find, "dev")


def test_mail_addresses_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """SAM prints the parameters of a deployment, except those that are marked."""
    from tests.infrastructure.templates import PARSED

    for template, names in (
        ("template", ("AlertEmail", "OperatorsEmail")),
        ("operations", ("OperatorsEmail",)),
        ("budget", ("Recipient",)),
    ):
        for name in names:
            assert PARSED[template]["Parameters"][name]["NoEcho"] is True
    assert sam.tags({"owner": "Ana"}) == ["--tags", 'owner="Ana"']
