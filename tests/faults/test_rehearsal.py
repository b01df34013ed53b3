"""The rehearsal (`aquasense smoke`) on the emulated cloud, and each of its steps broken.

The tests share one deployment and run in this order.
"""

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from cli import sam
from cli.aws import account, adoption, leftovers
from cli.console import Failure
from cli.data import waiting
from cli.deploy import commit, destroy, status
from cli.local import mailbox
from cli.local.cloud import LocalCloud
from cli.maintain import rebuild, verify
from cli.process import free_port
from cli.smoke import rehearsal, remains, rights, steps
from cli.smoke.report import FAILED, PASSED, Outcome, Step
from cli.smoke.stage import Stage, get
from tests.e2e.conftest import set_credentials, wait_until
from tests.support import csv

pytestmark = pytest.mark.faults

ENVIRONMENT = "smoke-0a1b"
STACK = f"aquasense-{ENVIRONMENT}"
FIGURES, ALERT, DELETION, COMPARISON, LOSS, TAKEOVER, RIGHTS, ALARMS = rehearsal.CHECKS
REMOVAL, REMAINS = rehearsal.REMOVAL
type Break = Callable[[Stage, pytest.MonkeyPatch], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Start an empty account for a rehearsal without an image."""
    folder = tmp_path_factory.mktemp("rehearsal")
    with LocalCloud(free_port(), folder / "cloud") as cloud, pytest.MonkeyPatch.context() as patch:
        patch.setattr(account, "NOTE", folder / "accounts.json")
        patch.setattr(commit, "changed", list)
        set_credentials(cloud, patch)
        settings = (f"EndpointUrl={cloud.endpoint}",)
        yield Stage(account.find(ENVIRONMENT), settings, patience=60.0, alarm_patience=0.0)


@pytest.fixture
def hasty(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Wait for seconds only, as every step is to fail."""
    monkeypatch.setattr(waiting, "WAIT_SECONDS", 4.0)
    return dataclasses.replace(stage, patience=4.0)


def run(stage: Stage, step: Step) -> Outcome:
    outcome = Outcome(step)
    rehearsal.run_step(stage, outcome)
    return outcome


def test_every_step_observes_what_is_stated_of_the_emulator(stage: Stage) -> None:
    outcomes, interrupted = rehearsal.rehearse(stage, keep=True)

    assert not interrupted
    assert [(o.step.title, o.status, o.observed) for o in outcomes[:-2]] == [
        (o.step.title, PASSED, o.step.emulator) for o in outcomes[:-2]
    ]
    assert {o.status for o in outcomes[-2:]} == {"not tried"}


@contextmanager
def failing_sam(stage: Stage, patch: pytest.MonkeyPatch) -> Iterator[None]:
    def fail(*_: object, **__: object) -> None:
        raise Failure("sam deploy failed")

    with patch.context() as own:
        own.setattr(sam, "run", fail)
        yield


@contextmanager
def another_reading(stage: Stage, _: pytest.MonkeyPatch) -> Iterator[None]:
    """Upload a reading that changes the mean of 12/2022."""
    s3, name = stage.here.client("s3"), {"Bucket": stage.outputs["RawBucketName"], "Key": "b.csv"}
    s3.put_object(Body=csv("2022/12/3,30,0.1"), **name)
    wait_until(lambda: steps._read_figure(address(stage), f"/temp?{steps.MONTH}") > 16)
    yield
    s3.delete_object(**name)
    mean = steps.FIGURES["temp"]
    wait_until(lambda: steps._read_figure(address(stage), f"/temp?{steps.MONTH}") == mean)


def address(stage: Stage) -> str:
    return stage.list_addresses()[0]


@contextmanager
def no_subscription(stage: Stage, _: pytest.MonkeyPatch) -> Iterator[None]:
    sns, topic = stage.here.client("sns"), stage.outputs["AlertTopicArn"]
    for subscription in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    yield
    subscribe(stage)


def subscribe(stage: Stage) -> None:
    sqs, sns = stage.here.client("sqs"), stage.here.client("sns")
    mailbox.subscribe(sqs, sns, stage.outputs["AlertTopicArn"], stage.mail_queue)


@contextmanager
def no_ingest(stage: Stage, _: pytest.MonkeyPatch) -> Iterator[None]:
    """Stop the trigger of the ingest function."""
    functions, name = stage.here.client("lambda"), stage.outputs["IngestFunctionName"]
    mappings = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mappings[0]["UUID"], Enabled=False)
    yield
    functions.update_event_source_mapping(UUID=mappings[0]["UUID"], Enabled=True)


@contextmanager
def lost_item(stage: Stage, _: pytest.MonkeyPatch) -> Iterator[None]:
    wait_until(lambda: run(stage, COMPARISON).status == PASSED)
    table, name = stage.here.client("dynamodb"), stage.outputs["TableName"]
    item = next(i for i in scan(stage, name) if i.get("file") == {"S": steps.SAMPLE.name})
    table.delete_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})
    yield
    table.put_item(TableName=name, Item=item)


@contextmanager
def excessive_right(stage: Stage, _: pytest.MonkeyPatch) -> Iterator[None]:
    statement = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with policy(stage, document):
        yield


@contextmanager
def missing_right(stage: Stage, _: pytest.MonkeyPatch) -> Iterator[None]:
    statement = {"Effect": "Deny", "Action": "dynamodb:Query", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with policy(stage, document):
        yield


@contextmanager
def policy(stage: Stage, document: str) -> Iterator[None]:
    """Give the watch function's role another policy."""
    iam, functions = stage.here.client("iam"), stage.here.client("lambda")
    name = stage.outputs["WatchFunctionName"]
    role = functions.get_function_configuration(FunctionName=name)["Role"].rpartition("/")[2]
    names = {"RoleName": role, "PolicyName": "wrong"}
    iam.put_role_policy(PolicyDocument=document, **names)
    yield
    iam.delete_role_policy(**names)


@contextmanager
def excessive_right_of_data_managers(_: Stage, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read another policy, since the emulator does not switch its versions."""
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    with patch.context() as own:
        own.setattr(rights, "_read_policy", lambda *_: document)
        yield


@contextmanager
def failing_watch(stage: Stage, _: pytest.MonkeyPatch) -> Iterator[None]:
    functions, name = stage.here.client("lambda"), stage.outputs["WatchFunctionName"]
    configuration = functions.get_function_configuration(FunctionName=name)
    variables = configuration["Environment"]["Variables"]
    for value in ("missing", variables["TABLE_NAME"]):
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables | {"TABLE_NAME": value}}
        )
        if value == "missing":
            yield


@contextmanager
def another_file_of_the_month(stage: Stage, _: pytest.MonkeyPatch) -> Iterator[None]:
    s3, bucket = stage.here.client("s3"), stage.outputs["RawBucketName"]
    mails = len(stage.receive_mails())
    s3.put_object(Bucket=bucket, Key="b.csv", Body=csv("2001/7/30,25,0.1"))
    s3.put_object(Bucket=bucket, Key=steps.ALERT.name, Body=steps.ALERT.read_bytes())
    wait_until(lambda: len(stage.receive_mails()) > mails)
    path = f"/temp?{steps.ALERT_MONTH}"
    wait_until(lambda: get(address(stage), path)[1]["coverage"]["readings"] == 4)
    yield
    s3.delete_object(Bucket=bucket, Key="b.csv")


@contextmanager
def no_rebuild(_: Stage, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the new table empty."""
    with patch.context() as own:
        own.setattr(rebuild, "rebuild", lambda *_: True)
        yield


@contextmanager
def sending_rebuild(stage: Stage, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Send a message while the new table is filled."""
    run_rebuild = rebuild.rebuild

    def rebuild_and_send(*arguments: Any) -> bool:
        topic = stage.outputs["AlertTopicArn"]
        stage.here.client("sns").publish(TopicArn=topic, Subject="again", Message="again")
        return run_rebuild(*arguments)

    with patch.context() as own:
        own.setattr(rebuild, "rebuild", rebuild_and_send)
        yield


@contextmanager
def no_takeover(stage: Stage, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Deploy beside the table of the deleted stack."""
    find_adoptable = adoption.find_adoptable

    def find_buckets(here: account.Account) -> dict[str, leftovers.Resource]:
        return {name: each for name, each in find_adoptable(here).items() if name != "Table"}

    with patch.context() as own:
        own.setattr(adoption, "find_adoptable", find_buckets)
        yield
    subscribe(stage)


@contextmanager
def ringing_alarm(stage: Stage, _: pytest.MonkeyPatch) -> Iterator[None]:
    client = stage.here.client("cloudwatch")
    alarm = {"AlarmName": f"{STACK}-DeadLetters", "StateReason": "test"}
    client.set_alarm_state(StateValue="ALARM", **alarm)
    yield
    client.set_alarm_state(StateValue="OK", **alarm)


@contextmanager
def undeletable_stack(stage: Stage, patch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise Failure("DELETE_FAILED")

    with patch.context() as own:
        own.setattr(destroy, "_delete_stack", refuse)
        yield
    subscribe(stage)


@contextmanager
def as_it_is(*_: object) -> Iterator[None]:
    """Change nothing: before the removal, everything is left."""
    yield


@pytest.mark.parametrize(
    ("step", "broken", "reason"),
    [
        (rehearsal.DEPLOY, failing_sam, "sam deploy failed"),
        (FIGURES, another_reading, "temp of 12/2022: 17.8"),
        (ALERT, no_subscription, "Messages for the alert: 0, not 1"),
        (DELETION, no_subscription, "Messages for the retraction: 0, not 1"),
        (FIGURES, no_ingest, "not accepted"),
        (ALERT, no_ingest, "not accepted"),
        (DELETION, no_ingest, "not recorded"),
        (DELETION, another_file_of_the_month, "Status of the deleted month: 200, not 404"),
        (COMPARISON, lost_item, "Differences: {'missing': 1}"),
        (RIGHTS, excessive_right, "Watch may dynamodb:PutItem (table)"),
        (RIGHTS, missing_right, "Watch may not dynamodb:Query (table)"),
        (RIGHTS, excessive_right_of_data_managers, "the data manager may s3:GetObject (raw)"),
        (RIGHTS, failing_watch, "The watch function failed"),
        (ALARMS, ringing_alarm, "Alarms ring: DeadLetters"),
        (REMOVAL, undeletable_stack, "DELETE_FAILED"),
        (REMAINS, as_it_is, STACK),
        (TAKEOVER, no_takeover, "TableName is"),
        (LOSS, no_rebuild, "temp of 12/2022: status 404"),
        (LOSS, sending_rebuild, "The rebuild sent a message: again"),
        # The last one: the table is lost from then on.
        (LOSS, failing_sam, "sam deploy failed"),
    ],
)
def test_each_step_can_fail(
    hasty: Stage, monkeypatch: pytest.MonkeyPatch, step: Step, broken: Break, reason: str
) -> None:
    with broken(hasty, monkeypatch):
        outcome = run(hasty, step)

    assert outcome.status == FAILED
    assert reason in outcome.observed


def test_the_lists_of_what_is_left_show_every_service_that_has_something(stage: Stage) -> None:
    services = {line.partition(" ")[0] for line in remains._find(stage)}

    containers = {"ecs", "elbv2"}
    assert services == {service for service, *_ in remains.LISTS} - containers


def test_a_missing_table_is_named_with_the_commands_that_replace_it(stage: Stage) -> None:
    for command in (
        lambda: verify.verify(ENVIRONMENT, None),
        lambda: rebuild.rebuild(ENVIRONMENT, None),
        lambda: status.show_status(ENVIRONMENT, None, as_json=True),
    ):
        with pytest.raises(Failure, match="table is missing: ./aquasense deploy"):
            command()


def test_a_table_restored_under_another_name_is_put_back_with_its_ledger(stage: Stage) -> None:
    table = stage.here.client("dynamodb")
    stage.receive_mails()
    stage.mails.clear()
    steps._deploy(stage)
    assert rebuild.rebuild(ENVIRONMENT, None)
    put_alert(stage, "2001-08-01")
    name = stage.outputs["TableName"]
    before = scan(stage, name)
    backup = table.create_backup(TableName=name, BackupName="last")["BackupDetails"]
    table.delete_table(TableName=name)
    # With the prefix by which `destroy` finds it.
    restored = f"{STACK}-Table-restored"
    table.restore_table_from_backup(TargetTableName=restored, BackupArn=backup["BackupArn"])

    steps._deploy(stage)
    with pytest.raises(Failure, match="no table wrong"):
        rebuild.rebuild(ENVIRONMENT, None, source="wrong")
    assert rebuild.rebuild(ENVIRONMENT, None, source=restored)

    assert stage.outputs["TableName"] not in (name, restored)
    assert sorted(map(key, scan(stage, stage.outputs["TableName"]))) == sorted(map(key, before))
    assert run(stage, COMPARISON).status == PASSED
    # Neither the copy nor the rebuild sent a message, and the new stream does.
    put_alert(stage, "2001-09-01")
    assert ["2001-08-01" in mail["body"] for mail in stage.mails] == [True, False]


def put_alert(stage: Stage, day: str) -> None:
    """Upload a reading above the threshold, and wait until it is announced."""
    s3, before = stage.here.client("s3"), count_sent(stage)
    bucket = stage.outputs["RawBucketName"]
    s3.put_object(Bucket=bucket, Key=f"{day}.csv", Body=csv(f"{day},25,0.75"))
    wait_until(lambda: count_sent(stage) > before)
    stage.receive_mails()


def count_sent(stage: Stage) -> int:
    items = scan(stage, stage.outputs["TableName"])
    return sum(item["sk"]["S"] == "sent" for item in items)


def scan(stage: Stage, table: str) -> list[dict[str, Any]]:
    pages = stage.here.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    items: list[dict[str, Any]] = pages.build_full_result()["Items"]
    return items


def key(item: dict[str, Any]) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def test_the_removal_leaves_nothing(stage: Stage) -> None:
    assert run(stage, REMOVAL).status == PASSED
    assert run(stage, REMAINS).observed == "nothing"
    assert ENVIRONMENT not in account.NOTE.read_text()
