"""deploy: its checks, its parameters, and its messages in every state of the stack."""

import json
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from click.testing import CliRunner

from cli import sam
from cli.aws import account, adoption, heartbeat, leftovers, states, subscriptions
from cli.console import Failure
from cli.deploy import bootstrap, earlier
from cli.main import aquasense
from tests.infrastructure.conftest import (
    NO_POLICIES,
    create_stack,
    failure,
    run_bootstrap,
    run_deploy,
    run_push,
)
from tests.infrastructure.templates import PARSED
from tests.support import ROOT

pytestmark = [pytest.mark.usefixtures("aws", "engine"), NO_POLICIES]
Commands = list[tuple[str, ...]]
HERE = account.Account("dev", "123456789012", "eu-west-1")


def test_deploy_needs_the_pushed_image(sam_commands: Commands) -> None:
    run_bootstrap()

    assert "./aquasense push --env dev" in failure(run_deploy)
    assert sam_commands == []


def test_deploy_needs_the_bootstrap(sam_commands: Commands) -> None:
    assert "./aquasense bootstrap --env dev" in failure(run_deploy)
    assert sam_commands == []


def test_deploy_passes_the_digest_the_configuration_and_set_parameters(
    sam_commands: Commands,
) -> None:
    run_bootstrap()
    run_push()

    run_deploy("AlertEmail=a@b.example", "CorsOrigins=two words=1", "EnableScaling=false")

    build, deployment = sam_commands
    parameters = parse_overrides(deployment)
    assert build == ("build",)
    assert deployment[: deployment.index("--region")] == ("deploy", "--config-env", "dev")
    assert "@sha256:" in parameters["ImageUri"]
    assert parameters["Environment"] == "dev"
    assert parameters["CpuArchitecture"] == "X86_64"
    assert parameters["CorsOrigins"] == "two words=1"
    assert parameters["EnableScaling"] == "false"
    assert "--no-confirm-changeset" not in deployment


def test_deploy_with_yes_does_not_ask(sam_commands: Commands) -> None:
    run_bootstrap()

    run_deploy(containers=False, yes=True)

    assert "--no-confirm-changeset" in sam_commands[1]


def test_deploy_without_an_image_deploys_no_containers(sam_commands: Commands) -> None:
    run_bootstrap()

    run_deploy(containers=False)

    assert parse_overrides(sam_commands[1]) == {"Environment": "dev", "ImageUri": ""}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ('CorsOrigins=say "cheese"', "CorsOrigins cannot have"),
        ("CorsOrigins=back\\slash", "CorsOrigins cannot have"),
        ("AlertMail=a@b.example", "no parameter AlertMail; the nearest is AlertEmail"),
        ("alertemail=a@b.example", "the nearest is AlertEmail"),
        ("Note=1", "no parameter Note"),
        ("AlertEmail", "takes NAME=VALUE"),
        ("=x", "takes NAME=VALUE"),
        ("AlertEmail=nobody", "AlertEmail must be empty or one e-mail address, not 'nobody'"),
        ("EnableScaling=no", "EnableScaling is one of true, false"),
        ("LogRetentionDays=31", "LogRetentionDays is one of"),
        ("MaxRows=many", "MaxRows is a number"),
    ],
)
def test_deploy_rejects_a_setting_before_anything_runs(
    sam_commands: Commands, setting: str, message: str
) -> None:
    result = CliRunner().invoke(aquasense, ["deploy", "--env", "dev", "--set", setting])

    assert isinstance(result.exception, Failure)
    assert result.exception.code == 2
    assert message in str(result.exception)
    assert sam_commands == []


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        ("DELETE_FAILED", "aws cloudformation delete-stack --stack-name aquasense-dev"),
        ("ROLLBACK_FAILED", "aws cloudformation delete-stack --stack-name aquasense-dev"),
        ("CREATE_FAILED", "aws cloudformation delete-stack --stack-name aquasense-dev"),
        ("UPDATE_FAILED", "aws cloudformation rollback-stack"),
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback"),
        ("UPDATE_IN_PROGRESS", "wait"),
        ("DELETE_IN_PROGRESS", "wait"),
    ],
)
def test_deploy_rejects_a_stack_that_cannot_be_updated(
    sam_commands: Commands, monkeypatch: pytest.MonkeyPatch, status: str, hint: str
) -> None:
    monkeypatch.setattr(account.Account, "describe", lambda *_: {"StackStatus": status})

    assert hint in failure(run_deploy)
    assert sam_commands == []


@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"])
def test_a_first_deployment_that_was_declined_or_undone_can_be_repeated(
    sam_commands: Commands, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    run_bootstrap()
    create_stack()
    set_status(monkeypatch, status)

    run_deploy(containers=False)

    assert [arguments[0] for arguments in sam_commands] == ["build", "deploy"]
    # It was deleted before SAM created it again.
    deleted = boto3.client("cloudformation").list_stacks(StackStatusFilter=["DELETE_COMPLETE"])
    assert [stack["StackName"] for stack in deleted["StackSummaries"]] == ["aquasense-dev"]


URL = [{"OutputKey": "Url", "OutputValue": "https://api.example"}]


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (None, "nothing was deployed"),
        ({"StackStatus": "REVIEW_IN_PROGRESS"}, "nothing was deployed"),
        ({"StackStatus": "ROLLBACK_COMPLETE"}, "undone, so nothing runs"),
        ({"StackStatus": "IMPORT_COMPLETE"}, "nothing runs yet"),
        ({"StackStatus": "UPDATE_ROLLBACK_COMPLETE"}, "nothing runs yet"),
        (
            {"StackStatus": "UPDATE_ROLLBACK_COMPLETE", "Outputs": URL},
            "the previous version still runs",
        ),
        ({"StackStatus": "UPDATE_COMPLETE", "Outputs": URL}, "the previous version still runs"),
        ({"StackStatus": "UPDATE_ROLLBACK_FAILED", "Outputs": URL}, "continue-update-rollback"),
        ({"StackStatus": "UPDATE_IN_PROGRESS", "Outputs": URL}, "wait for that to end"),
    ],
)
def test_the_message_of_a_failed_deployment_follows_from_the_state(
    after: dict[str, Any] | None, message: str
) -> None:
    line = states.explain_failure(HERE, after)

    assert message in line
    assert ("still runs" in line) == (message == "the previous version still runs")


def test_a_failed_first_deployment_does_not_claim_a_previous_version(
    sam_commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_bootstrap()

    def fail(*_: str, **__: object) -> None:
        raise Failure("sam deploy failed, as said above", 1)

    monkeypatch.setattr(sam, "run", fail)

    assert failure(run_deploy, containers=False).endswith("as said above: nothing was deployed")


def test_declined_changes_are_not_reported_as_deployed(
    sam_commands: Commands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_bootstrap()
    monkeypatch.setattr(sam, "run", lambda *_, **__: None)

    assert "declined" in failure(run_deploy, containers=False)
    create_stack()
    run_deploy(containers=False)

    assert "aquasense-dev is as it was" in capsys.readouterr().out


def test_sam_inherits_the_terminal_and_its_exit_code_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "sam"
    script.write_text("#!/bin/sh\nexit 3\n")
    script.chmod(0o755)
    monkeypatch.setattr(sam, "program", lambda *_: str(script))

    with pytest.raises(Failure, match="sam deploy failed") as failed:
        sam.run("deploy", log_folder=None, env={})

    assert failed.value.code == 3


def test_unconfirmed_subscriptions_are_listed_with_a_shortened_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sns = boto3.client("sns")
    topic = "arn:aws:sns:eu-west-1:123456789012:alerts"
    common = {"Owner": "123456789012", "Protocol": "email", "TopicArn": topic}
    waiting = {"SubscriptionArn": "PendingConfirmation", "Endpoint": "ana@b.example"}
    confirmed = {"SubscriptionArn": f"{topic}:1", "Endpoint": "eva@b.example"}
    monkeypatch.setattr(account.Account, "client", lambda *_: sns)
    with Stubber(sns) as stubber:
        stubber.add_response(
            "list_subscriptions_by_topic",
            {"Subscriptions": [waiting | common, confirmed | common]},
            {"TopicArn": topic},
        )

        [line] = subscriptions.list_unconfirmed(HERE, {"AlertTopicArn": topic})

    assert line.startswith("a…@b.example for alerts")
    assert "ana" not in line


def resources(*logical_and_physical: tuple[str, str]) -> dict[str, Any]:
    """Return CloudFormation's answer with the resources of a stack."""
    common = {
        "ResourceType": "any",
        "ResourceStatus": "CREATE_COMPLETE",
        "LastUpdatedTimestamp": datetime(2026, 11, 24, tzinfo=UTC),
    }
    return {
        "StackResourceSummaries": [
            {"LogicalResourceId": logical, "PhysicalResourceId": physical} | common
            for logical, physical in logical_and_physical
        ]
    }


def test_an_expired_subscription_is_reported_with_the_command_that_replaces_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sns, cloudformation = boto3.client("sns"), boto3.client("cloudformation")
    topics = [sns.create_topic(Name=name)["TopicArn"] for name in ("alerts", "alarms")]
    alerts, alarms = (
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ana@b.example")["SubscriptionArn"]
        for topic in topics
    )
    outputs = dict(zip(("AlertTopicArn", "OperatorsTopicArn"), topics, strict=True))
    sns.unsubscribe(SubscriptionArn=alarms)
    clients = {"sns": sns, "cloudformation": cloudformation}
    monkeypatch.setattr(account.Account, "client", lambda _, service: clients[service])
    with Stubber(cloudformation) as stubber:
        for stack, content in 2 * (
            (HERE.stack, [("Table", "table"), ("AlertSubscription", alerts), ("Operations", "id")]),
            ("id", [("OperatorsSubscription", alarms)]),
        ):
            stubber.add_response("list_stack_resources", resources(*content), {"StackName": stack})

        [line] = subscriptions.list_expired(HERE, outputs)
        sns.subscribe(TopicArn=topics[1], Protocol="email", Endpoint="eva@b.example")
        assert subscriptions.list_expired(HERE, outputs) == []

    assert line.startswith("OperatorsEmail gets no alarms")
    assert f"--topic-arn {topics[1]}" in line


def test_the_parameters_of_subscriptions_exist() -> None:
    for logical, (parameter, output) in subscriptions.SUBSCRIPTIONS.items():
        template = "operations" if logical == "OperatorsSubscription" else "template"
        properties = PARSED[template]["Resources"][logical]["Properties"]
        assert properties["Endpoint"] == {"Ref": parameter}
        assert output in PARSED["template"]["Outputs"]


def test_the_hourly_check_starts_after_a_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the alarms on missing heartbeats are on for up to an hour."""
    client = boto3.client("lambda")
    monkeypatch.setattr(account.Account, "client", lambda *_: client)
    expected = {"FunctionName": "watch", "InvocationType": "Event"}
    with Stubber(client) as stubber:
        stubber.add_response("invoke", {"StatusCode": 202}, expected)
        # Without the right to invoke it, the schedule starts it.
        stubber.add_client_error("invoke", "AccessDeniedException", expected_params=expected)
        for outputs in ({"WatchFunctionName": "watch"}, {"WatchFunctionName": "watch"}, {}):
            heartbeat.start_check(HERE, outputs)
        stubber.assert_no_pending_responses()


# What an earlier stack left


def test_the_import_template_has_the_retained_resources_and_refers_to_no_other() -> None:
    template = adoption.build_import_template(
        {
            "RawBucket": (leftovers.BUCKET, "raw"),
            "ReceiptsBucket": (leftovers.BUCKET, "receipts"),
            "Table": (leftovers.TABLE, "old"),
        }
    )

    resources = template["Resources"]
    assert resources.keys() == {"RawBucket", "ReceiptsBucket", "Table"}
    for resource in resources.values():
        assert resource["DeletionPolicy"] == "Retain"
        assert resource.keys() == {
            *("Type", "DeletionPolicy", "UpdateReplacePolicy", "Properties"),
        }
    assert "IngestQueue" not in json.dumps(template)
    assert '"Ref"' not in json.dumps(template)
    assert resources["RawBucket"]["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert resources["Table"]["Properties"]["KeySchema"]
    # Otherwise the deployment could give the table a generated name, which is another table.
    assert resources["Table"]["Properties"]["TableName"] == "old"


def test_deploy_finds_the_table_of_the_last_stack_and_the_buckets_that_no_stack_owns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_bootstrap()
    s3, dynamodb = boto3.client("s3"), boto3.client("dynamodb")
    for name in ("raw-123456789012-eu-west-1", "other", "artifacts-123456789012-us-east-1"):
        s3.create_bucket(
            Bucket=f"aquasense-dev-{name}",
            CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
        )
    # A table that is restored from a backup has no stream.
    for name in ("Table-OLD", "Table-NEW", "Tables", "Table-restored"):
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        dynamodb.create_table(
            TableName=f"aquasense-dev-{name}",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            **({} if name == "Table-restored" else {"StreamSpecification": stream}),
        )
    bucket = (leftovers.BUCKET, "aquasense-dev-raw-123456789012-eu-west-1")

    newest = (leftovers.TABLE, "aquasense-dev-Table-NEW")
    assert adoption.find_adoptable(HERE) == {"RawBucket": bucket, "Table": newest}

    delete_stack({})
    last = (leftovers.TABLE, "aquasense-dev-Table-OLD")
    monkeypatch.setattr(leftovers, "list_skipped", lambda *_: iter([bucket, last]))
    assert adoption.find_adoptable(HERE) == {"RawBucket": bucket, "Table": last}


def test_an_import_names_every_resource_and_executes_its_change_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = boto3.client("cloudformation")
    monkeypatch.setattr(account.Account, "client", lambda *_: client)
    bucket = "aquasense-dev-raw-123456789012-eu-west-1"
    names = {"StackName": "aquasense-dev", "ChangeSetName": adoption.CHANGE_SET}
    resource = {"RawBucket": (leftovers.BUCKET, bucket)}
    stack = {"StackName": "aquasense-dev", "CreationTime": 0}
    with Stubber(client) as stubber:
        stubber.add_response(
            "create_change_set",
            {},
            names
            | {
                "ChangeSetType": "IMPORT",
                "TemplateBody": json.dumps(adoption.build_import_template(resource)),
                "ResourcesToImport": [
                    {
                        "ResourceType": leftovers.BUCKET,
                        "LogicalResourceId": "RawBucket",
                        "ResourceIdentifier": {"BucketName": bucket},
                    }
                ],
            },
        )
        stubber.add_response("describe_change_set", {"Status": "CREATE_COMPLETE"}, names)
        stubber.add_response("execute_change_set", {}, names)
        for _ in ("describe", "wait"):
            stubber.add_response(
                "describe_stacks",
                {"Stacks": [stack | {"StackStatus": "IMPORT_COMPLETE"}]},
                {"StackName": "aquasense-dev"},
            )

        adoption.adopt(HERE, resource)

        stubber.assert_no_pending_responses()


def test_a_refused_import_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("cloudformation")
    monkeypatch.setattr(account.Account, "client", lambda *_: client)
    with Stubber(client) as stubber:
        stubber.add_response("create_change_set", {})
        refusal = {"Status": "FAILED", "StatusReason": "Bucket not found"}
        stubber.add_response("describe_change_set", refusal)
        stubber.add_response("describe_change_set", refusal)

        with pytest.raises(Failure, match="cannot be imported: Bucket not found"):
            adoption.adopt(HERE, {"RawBucket": (leftovers.BUCKET, "nope")})


def test_the_subscribers_and_settings_of_a_deleted_stack_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declare = {
        name: PARSED["template"]["Parameters"][name] | {"Default": ""}
        for name in ("AlertEmail", "ApiUrl", "SilenceDays", "ImageUri", "CorsOrigins")
    }
    delete_stack(declare, SilenceDays="9", AlertEmail="a@b.example")
    earlier_values = {
        "AlertEmail": "a@b.example",
        "ApiUrl": "https://a.example",
        "SilenceDays": "20",
        "ImageUri": "image",
        "CorsOrigins": "https://b.example",
    }
    delete_stack(declare, **earlier_values)
    # A deployment in between took over the data, and failed.
    delete_stack({})
    delete_stack({}, name="aquasense-dev-Api-1")

    text = earlier.describe_losses(HERE, {"CorsOrigins": "https://b.example"}, {"ApiUrl": ""})

    assert (
        "./aquasense deploy --env dev --set AlertEmail=ADDRESS --set OperatorsEmail=ADDRESS "
        "--set ApiUrl=https://a.example --set SilenceDays=20."
    ) in text
    assert "a@b.example" not in text
    assert "ImageUri" not in text
    chosen = {"AlertEmail": "a@b.example", "OperatorsEmail": "a@b.example"}
    assert "--set" not in earlier.describe_losses(HERE, earlier_values, chosen)


def delete_stack(declared: dict[str, Any], name: str = "aquasense-dev", **parameters: str) -> None:
    """Create and delete a stack with parameters."""
    client = boto3.client("cloudformation")
    topic = {"Topic": {"Type": "AWS::SNS::Topic"}}
    client.create_stack(
        StackName=name,
        TemplateBody=json.dumps({"Resources": topic, "Parameters": declared}),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
    )
    client.delete_stack(StackName=name)


@pytest.mark.parametrize("left", [False, True])
def test_a_dry_run_of_a_first_deployment_names_the_data_that_it_would_take_over(
    sam_commands: Commands, capsys: pytest.CaptureFixture[str], left: bool
) -> None:
    bucket = "aquasense-dev-raw-123456789012-eu-west-1"
    if left:
        boto3.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )

    run_deploy(containers=False, dry_run=True)

    printed = capsys.readouterr().out
    assert (f"{bucket} would be taken over" in printed) is left
    assert ("everything would be created" in printed) is not left
    assert sam_commands == []


def test_a_deployment_of_prod_that_cannot_ask_names_the_option(
    sam_commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.bootstrap("prod")

    def fail(*_: str, **__: object) -> None:
        raise Failure("sam deploy failed, as said above", 1)

    monkeypatch.setattr(sam, "run", fail)

    line = failure(run_deploy, environment="prod", containers=False)
    assert "nothing was deployed. Nobody could be asked here: add --yes" in line
    assert "--yes" not in failure(run_deploy, environment="prod", containers=False, yes=True)


def set_status(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """Report a state for the first aquasense-dev, which moto cannot reach."""
    describe_stack = account.Account.describe
    [first] = boto3.client("cloudformation").describe_stacks(StackName="aquasense-dev")["Stacks"]

    def describe(here: account.Account, stack: str) -> Any:
        description = describe_stack(here, stack)
        if description and description["StackId"] == first["StackId"]:
            return description | {"StackStatus": status}
        return description

    monkeypatch.setattr(account.Account, "describe", describe)


def parse_overrides(command: Sequence[str]) -> dict[str, str]:
    """Parse the arguments of --parameter-overrides with SAM itself."""
    overrides = command[command.index("--parameter-overrides") + 1 :]
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
