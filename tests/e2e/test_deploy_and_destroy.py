"""Bootstrap, deploy, lose the stack, deploy again and destroy, with the emulated cloud."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.aws import account, costs
from cli.console import Failure
from cli.deploy import bootstrap, commit, deploy, destroy, status
from cli.local import mailbox
from cli.local.cloud import LocalCloud
from cli.process import free_port
from tests.e2e.conftest import set_credentials, wait_until
from tests.support import ROOT

pytestmark = pytest.mark.e2e

STACK = "aquasense-dev"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    """Start an empty account, and set its credentials in the environment."""
    monkeypatch.setattr(account, "NOTE", tmp_path / "accounts.json")
    monkeypatch.setattr(commit, "changed", list)
    with LocalCloud(free_port(), tmp_path / "cloud") as cloud:
        set_credentials(cloud, monkeypatch)
        yield cloud


def run_deploy(cloud: LocalCloud, *settings: str) -> dict[str, str]:
    """Deploy without containers, and return the outputs."""
    deploy.deploy(
        "dev",
        [f"EndpointUrl={cloud.endpoint}", *settings],
        containers=False,
        architecture="",
        options=deploy.Options(yes=True),
    )
    return account.find("dev").outputs(STACK) or {}


def subscribe(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    mailbox.subscribe(
        cloud.client("sqs"), cloud.client("sns"), outputs["AlertTopicArn"], cloud.mail_queue
    )


def upload(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    cloud.client("s3").upload_file(
        str(ROOT / "events/alerta_inventada.csv"), outputs["RawBucketName"], "inventada.csv"
    )


def test_a_deployment_works_and_destroy_leaves_no_resource(
    empty: LocalCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap.bootstrap("dev")
    run_deploy(empty, "EnableDeletionProtection=true")
    outputs = run_deploy(empty)
    check_protection(empty, outputs)
    subscribe(empty, outputs)
    upload(empty, outputs)
    wait_until(empty.mail)
    assert "execute-api" in outputs["Url"]
    check_status(empty, outputs, capsys)
    files = []
    delete_stack = destroy._delete_stack

    def delete_and_list_files(here: account.Account, stack: str) -> None:
        if stack == STACK:
            versions = empty.client("s3").list_object_versions(Bucket=outputs["RawBucketName"])
            files.extend(version["Key"] for version in versions.get("Versions", []))
        delete_stack(here, stack)

    monkeypatch.setattr(destroy, "_delete_stack", delete_and_list_files)

    with monkeypatch.context() as patch:
        patch.setattr(destroy, "_delete_retained", interrupt)
        with pytest.raises(KeyboardInterrupt):
            destroy.destroy("dev", STACK)
    assert remaining_resources(empty) != []
    capsys.readouterr()

    # Retained resources no longer belong to a stack, and are listed and removed as well.
    destroy.destroy("dev", STACK)

    output = capsys.readouterr().out
    assert remaining_resources(empty) == []
    assert all(outputs[name] in output for name in ("RawBucketName", "TableName"))
    assert f"{STACK} is gone" in output
    # If the file had been deleted before the stack, subscribers would have got a retraction.
    assert files == ["inventada.csv"]
    assert len(empty.mail()) == 1


def check_protection(cloud: LocalCloud, outputs: dict[str, str]) -> None:
    """Check that table and stacks cannot be deleted, as `destroy` does after lifting this."""
    for stack in (STACK, f"{STACK}-bootstrap"):
        assert (account.find("dev").describe(stack) or {})["EnableTerminationProtection"] is True
    with pytest.raises(ClientError, match="protect"):
        cloud.client("dynamodb").delete_table(TableName=outputs["TableName"])


def test_a_deployment_takes_over_the_data_of_a_deleted_stack(
    empty: LocalCloud, capfd: pytest.CaptureFixture[str]
) -> None:
    bootstrap.bootstrap("dev")
    first = run_deploy(empty)
    subscribe(empty, first)
    upload(empty, first)
    wait_until(empty.mail)
    items = count_items(empty, first["TableName"])
    here = account.find("dev")
    here.client("cloudformation").delete_stack(StackName=STACK)
    here.wait(STACK, "delete")
    # Another deployment in between has failed.
    fail_to_create(here)
    capfd.readouterr()

    second = run_deploy(empty)

    output = capfd.readouterr()
    assert f"{STACK} is deployed" in output.out
    names = ("RawBucketName", "ReceiptsBucketName", "TableName")
    assert all(first[name] == second[name] for name in names)
    assert all(f"Taking over {first[name]}" in output.err for name in names)
    assert (
        "--set AlertEmail=ADDRESS --set OperatorsEmail=ADDRESS --set SilenceDays=20" in output.err
    )
    # The rows and the ledger are those of before, and a new file is ingested into them.
    assert count_items(empty, second["TableName"]) == items
    upload(empty, second)
    wait_until(lambda: count_items(empty, second["TableName"]) > items)
    destroy.destroy("dev", STACK)
    assert remaining_resources(empty) == []


def test_destroy_deletes_what_an_earlier_stack_left_although_the_next_one_failed(
    empty: LocalCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap.bootstrap("dev")
    here = account.find("dev")
    raw = f"{STACK}-raw-{here.id}-{here.region}"
    empty.client("s3").create_bucket(
        Bucket=raw, CreateBucketConfiguration={"LocationConstraint": here.region}
    )
    fail_to_create(here)

    with pytest.raises(Failure, match="Nothing was removed"):
        destroy.destroy("dev", "no")
    listed = capsys.readouterr().out
    destroy.destroy("dev", STACK)

    assert raw in listed
    assert f"{STACK}-bootstrap" in listed
    assert remaining_resources(empty) == []


def fail_to_create(here: account.Account) -> None:
    """Create the stack so that its creation is undone."""
    client = here.client("cloudformation")
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "https://s3.amazonaws.com/none/none"},
    }
    client.create_stack(StackName=STACK, TemplateBody=json.dumps({"Resources": {"A": nested}}))
    wait_until(lambda: (here.describe(STACK) or {})["StackStatus"] == "ROLLBACK_COMPLETE")


def check_status(
    cloud: LocalCloud, outputs: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Read the status of a healthy deployment, then with an alarm and a dead letter."""
    # The alarm for missing readings may ring: the file is of the past.
    for alarm in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]:
        set_alarm(cloud, alarm["AlarmName"], "OK")
    capsys.readouterr()
    assert status.show_status("dev", None, as_json=True)
    healthy = json.loads(capsys.readouterr().out)
    assert [stack["name"] for stack in healthy["stacks"]] == [STACK, f"{STACK}-bootstrap"]
    assert healthy["stacks"][0]["status"] == "CREATE_COMPLETE"
    assert healthy["last_upload"]["file"] == "inventada.csv"
    assert healthy["url"] == outputs["Url"]
    assert healthy["cost"]["per_month"] == costs.total(containers=False)
    assert healthy["cost"]["this_month"] < healthy["cost"]["per_month"]
    empty_members = ("dead_letters", "messages_waiting", "alarms", "unconfirmed", "attention")
    assert not any(healthy[name] for name in empty_members)

    functions = cloud.client("lambda")
    [mapping] = functions.list_event_source_mappings(FunctionName=outputs["NotifyFunctionName"])[
        "EventSourceMappings"
    ]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    assert not status.show_status("dev", None, as_json=True)
    [problem] = json.loads(capsys.readouterr().out)["attention"]
    assert outputs["NotifyFunctionName"] in problem
    assert "AlertsUnsent" in problem
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    set_alarm(cloud, f"{STACK}-DeadLetters", "ALARM")
    cloud.client("sqs").send_message(QueueUrl=outputs["DeadLetterQueueUrl"], MessageBody="{}")
    assert not status.show_status("dev", None, as_json=True)
    ringing = json.loads(capsys.readouterr().out)
    assert ringing["dead_letters"] == 1
    assert [alarm["name"] for alarm in ringing["alarms"]] == [f"{STACK}-DeadLetters"]
    assert any("./aquasense redrive --env dev" in text for text in ringing["attention"])
    assert any("docs/runbook.md" in text for text in ringing["attention"])
    assert not status.show_status("dev", None, as_json=False)
    text = capsys.readouterr().out
    assert "dead letters" in text
    assert f"attention: alarm {STACK}-DeadLetters" in text


def set_alarm(cloud: LocalCloud, name: str, state: str) -> None:
    cloud.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def count_items(cloud: LocalCloud, table: str) -> int:
    count: int = cloud.client("dynamodb").scan(TableName=table, Select="COUNT")["Count"]
    return count


def remaining_resources(cloud: LocalCloud) -> list[Any]:
    """Return the resources that cost money or hold data, and the stacks."""
    stacks = cloud.client("cloudformation").describe_stacks()["Stacks"]
    return [
        *cloud.client("s3").list_buckets()["Buckets"],
        *cloud.client("dynamodb").list_tables()["TableNames"],
        *cloud.client("lambda").list_functions()["Functions"],
        *cloud.client("ecr").describe_repositories()["repositories"],
        *cloud.client("apigatewayv2").get_apis()["Items"],
        *(stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"),
    ]
