"""The steps of a rehearsal. Each returns what it observed, or raises a Failure."""

import time
from collections import Counter
from functools import partial
from typing import Any

from adapters.s3 import Bucket, s3_client
from cli.aws import lost
from cli.console import Failure
from cli.data import delete, upload
from cli.deploy import bootstrap, deploy, image, registry, safeguards
from cli.environment import ROOT
from cli.local import mailbox
from cli.maintain import rebuild
from cli.maintain.differences import compare
from cli.smoke.stage import PAUSE_SECONDS, Stage, get

SAMPLE = ROOT / "events/temperatura_1.csv"
ALERT = ROOT / "events/alerta_inventada.csv"
# Figures of the sample for 12/2022.
FIGURES = {"temp": 15.374606476138302, "sd": 0.406611695429108, "maxdiff": -4.48863557076381}
# Outputs with the names of what outlives a stack.
DATA = ("RawBucketName", "ReceiptsBucketName", "TableName")
MONTH, ALERT_MONTH = "month=12&year=2022", "month=7&year=2001"


def deploy_stack(stage: Stage) -> str:
    """Bootstrap, push the image if containers are wanted, deploy, and subscribe a queue."""
    bootstrap.bootstrap(stage.here.environment)
    if stage.containers:
        image.build_image(())
        registry.push(stage.here.environment)
    _deploy(stage)
    _subscribe(stage)
    here = stage.here
    return str((here.describe(here.stack) or {})["StackStatus"])


def compare_figures(stage: Stage) -> str:
    """Upload the sample, and compare its three figures at every address of the API."""
    if not upload.upload(stage.target, [(SAMPLE, SAMPLE.name)]):
        raise Failure("The sample was not accepted")
    _expect_figures(stage)
    return ", ".join(f"{name} {value}" for name, value in FIGURES.items())


def receive_alert(stage: Stage) -> str:
    """Upload a file with a reading above the threshold, and receive its message."""
    before = len(stage.receive_mails())
    if not upload.upload(stage.target, [(ALERT, ALERT.name)]):
        raise Failure("The file with an alert was not accepted")
    return _expect_mail(stage, before, "alert")


def delete_file(stage: Stage) -> str:
    """Delete that file: a retraction, no readings of its month, the other figures unchanged."""
    before = len(stage.receive_mails())
    if not delete.delete(stage.target, [ALERT.name], "", yes=True):
        raise Failure("The deletion was not recorded")
    observed = _expect_mail(stage, before, "retraction")
    for address in stage.list_addresses():
        path = f"/temp?{ALERT_MONTH}"
        stage.expect("Status of the deleted month", 404, partial(_status, address, path))
    _expect_figures(stage)
    return observed


def compare_table(stage: Stage) -> str:
    """Compare the table with the bucket."""
    bucket = Bucket(
        s3_client(stage.target.region, stage.target.endpoint), stage.outputs["RawBucketName"]
    )

    def count() -> dict[str, int]:
        differences = compare(bucket, stage.target.config).differences
        return dict(Counter(difference.kind for difference in differences))

    stage.expect("Differences", {}, count)
    return "table and bucket agree"


def replace_table(stage: Stage) -> str:
    """Delete the table, deploy another, rebuild it, and send an alert through its new stream."""
    here, table = stage.here, stage.outputs["TableName"]
    before = len(stage.receive_mails())
    safeguards.lift_table_protection(here, table)
    here.client("dynamodb").delete_table(TableName=table)
    here.client("dynamodb").get_waiter("table_not_exists").wait(TableName=table)
    _deploy(stage)
    if stage.outputs["TableName"] == table or not lost.exists(here, stage.outputs["TableName"]):
        raise Failure(f"The deployment did not replace the table {table}")
    if not rebuild.rebuild(here.environment, None):
        raise Failure("The rebuilt table does not agree with the bucket")
    _expect_figures(stage)
    compare_table(stage)
    if len(stage.receive_mails()) > before:
        raise Failure(f"The rebuild sent a message: {stage.mails[-1]['subject']}")
    receive_alert(stage)
    delete_file(stage)
    return "figures as before, no message by the rebuild, then an alert and its retraction"


def replace_stack(stage: Stage) -> str:
    """Delete the stack, let another take over its buckets and its table, and send an alert."""
    here, before = stage.here, stage.outputs
    safeguards.lift_protection(here, here.stack)
    here.client("cloudformation").delete_stack(StackName=here.stack)
    here.wait(here.stack, "delete")
    _deploy(stage)
    for name in DATA:
        if stage.outputs[name] != before[name]:
            raise Failure(f"{name} is {stage.outputs[name]}, not {before[name]}")
    _subscribe(stage)
    _expect_figures(stage)
    compare_table(stage)
    receive_alert(stage)
    delete_file(stage)
    return "the same buckets and table, figures as before, then an alert and its retraction"


def read_alarms(stage: Stage) -> str:
    """Wait until no alarm of the operators rings, and all that have data are OK."""
    deadline = time.monotonic() + stage.alarm_patience
    while True:
        alarms = _list_alarms(stage)
        if not alarms:
            raise Failure("There are no alarms")
        ringing = sorted(name for name, state in alarms.items() if state == "ALARM")
        states = Counter(alarms.values())
        if set(states) == {"OK"}:
            break
        if time.monotonic() > deadline:
            if ringing:
                raise Failure(f"Alarms ring: {', '.join(ringing)}")
            break
        time.sleep(min(PAUSE_SECONDS, stage.alarm_patience))
    return "all OK" if set(states) == {"OK"} else "some without data"


def _deploy(stage: Stage) -> None:
    deploy.deploy(
        stage.here.environment,
        stage.settings,
        containers=stage.containers,
        architecture="",
        options=deploy.Options(yes=True),
    )


def _subscribe(stage: Stage) -> None:
    sqs, sns = stage.here.client("sqs"), stage.here.client("sns")
    mailbox.subscribe(sqs, sns, stage.outputs["AlertTopicArn"], stage.mail_queue)


def _expect_figures(stage: Stage) -> None:
    addresses = stage.list_addresses()
    if not addresses:
        raise Failure("The API has no address")
    for address in addresses:
        for name, value in FIGURES.items():
            read = partial(_read_figure, address, f"/{name}?{MONTH}")
            stage.expect(f"{name} of 12/2022", value, read)


def _read_figure(address: str, path: str) -> Any:
    status, body = get(address, path)
    return body["value"] if status == 200 else f"status {status}"


def _status(address: str, path: str) -> int:
    return get(address, path)[0]


def _expect_mail(stage: Stage, before: int, word: str) -> str:
    """Wait for one new message, and return its kind."""
    stage.expect(f"Messages for the {word}", 1, lambda: len(stage.receive_mails()) - before)
    attributes = stage.mails[-1]["attributes"]
    return f"one message of the kind {attributes.get('kind')}"


def _list_alarms(stage: Stage) -> dict[str, str]:
    """Return the states of the alarms that operators hear."""
    pages = stage.here.client("cloudwatch").get_paginator("describe_alarms")
    topic = stage.outputs["OperatorsTopicArn"]
    return {
        alarm["AlarmName"].removeprefix(f"{stage.here.stack}-"): alarm["StateValue"]
        for page in pages.paginate(AlarmNamePrefix=f"{stage.here.stack}-")
        for alarm in page["MetricAlarms"]
        if topic in alarm.get("AlarmActions", [])
    }
