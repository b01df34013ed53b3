"""Deleting, comparing, rebuilding, checking and putting back, on the deployed stack."""

import asyncio
import json
from decimal import Decimal

import pytest

from aquasense import datasets
from tests.e2e.conftest import wait_until
from tests.support import csv
from tools import check, rebuild, redrive

pytestmark = pytest.mark.e2e


@pytest.fixture
def put(system, tmp_path):
    """Put a file of this content under that key; its receipt."""

    def made(key, *rows):
        path = tmp_path / "file.csv"
        path.write_bytes(csv(*rows))
        return system.put((path, key))[0]

    return made


@pytest.fixture
def config(system):
    return system.config


@pytest.fixture
def bucket(system):
    return system.bucket


def notification(bucket, key, version):
    where = {"bucket": {"name": bucket}, "object": {"key": key, "versionId": version}}
    return json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": where}]})


def temp(system, month, year, **more):
    return system.ask("/temp", month=month, year=year, **more)


def test_deleting_a_file_brings_back_what_it_superseded_and_is_on_record(system, put, bucket):
    put("june.csv", "2018/6/1,20.5,0.1")
    put("wrong.csv", "2018/6/1,25.5,0.75", "2018/7/1,26,0.1")
    assert temp(system, 6, 2018)[1]["value"] == Decimal("25.5")
    system.cloud.client("s3").delete_object(Bucket=bucket.name, Key="wrong.csv")
    wait_until(lambda: temp(system, 6, 2018)[1]["value"] == Decimal("20.5"))
    wait_until(lambda: temp(system, 7, 2018)[0] == 404)

    # The alert of the withdrawn file is taken back, under the withdrawal's own id.
    def retractions():
        mails = system.cloud.mail()
        return [m for m in mails if "retracted" in m["subject"] and "2018-06-01" in m["body"]]

    wait_until(retractions)
    (retraction,) = retractions()
    assert "2018-06-01  before 0.75 °C, now 0.1 °C: not above the threshold" in retraction["body"]
    assert retraction["attributes"]["kind"] == "retraction"
    # A tombstone that is lost is put back by a rebuild that skips nothing, and by no other.
    table, name = system.cloud.client("dynamodb"), system.config.table_name
    found = table.query(
        TableName=name,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :day)",
        ExpressionAttributeValues={
            ":pk": {"S": "marmenor.temperature#2018"},
            ":day": {"S": "2018-07-01#"},
        },
    )["Items"]
    (tombstone,) = ({"pk": i["pk"], "sk": i["sk"]} for i in found if i["sk"]["S"].count("#") == 2)
    table.delete_item(TableName=name, Key=tombstone)
    assert [tombstone["sk"]["S"] in line for line in system.differences()] == [True]
    asyncio.run(rebuild.rebuild(system.config, bucket, force=False))
    assert len(system.differences()) == 1
    asyncio.run(rebuild.rebuild(system.config, bucket, force=True))
    assert system.differences() == []
    # A file of that name uploaded again is a new upload.
    put("wrong.csv", "2018/6/1,22.5,0.1")
    assert temp(system, 6, 2018)[1]["value"] == Decimal("22.5")


def test_an_upload_whose_event_comes_after_its_deletion_does_not_come_back(system, bucket):
    client, url = system.cloud.client("s3"), system.cloud.outputs["IngestQueueUrl"]
    version = client.put_object(Bucket=bucket.name, Key="late.csv", Body=csv("2018/9/1,20.5,0.1"))[
        "VersionId"
    ]
    client.delete_object(Bucket=bucket.name, Key="late.csv")
    system.receipts([bucket.find_version("late.csv", version).upload])
    system.cloud.client("sqs").send_message(
        QueueUrl=url, MessageBody=notification(bucket.name, "late.csv", version)
    )
    wait_until(lambda: system.waiting("IngestQueueUrl") == 0)
    wait_until(lambda: temp(system, 9, 2018)[0] == 404)


def test_table_and_bucket_agree_and_every_damage_shows_and_is_repaired(system, put, bucket, config):
    receipt = put("kept.csv", "2019/6/1,20.5,0.1", "2019/6/8,21.5,0.2", "2019/6/9,x,1")
    wait_until(lambda: system.waiting("IngestQueueUrl") == 0)
    wait_until(lambda: not system.differences())
    table, name = system.cloud.client("dynamodb"), config.table_name
    first, second = (
        {"pk": {"S": "marmenor.temperature#2019"}, "sk": {"S": f"{day}#{receipt.id}"}}
        for day in ("2019-06-01", "2019-06-08")
    )
    table.delete_item(TableName=name, Key=first)
    table.update_item(
        TableName=name,
        Key=second,
        UpdateExpression="SET #m = :m",
        ExpressionAttributeNames={"#m": "mean"},
        ExpressionAttributeValues={":m": {"S": "99"}},
    )
    stray = {"pk": {"S": "marmenor.temperature#2019"}, "sk": {"S": "2019-06-20#nobody"}}
    table.put_item(TableName=name, Item={**stray, "mean": {"S": "1"}})
    different, missing, extra = sorted(system.differences())
    assert "2019-06-01" in missing
    assert missing.startswith("missing in the table")
    assert "2019-06-08" in different
    assert "'mean': '99'" in different
    assert extra.startswith("not in the bucket")
    assert "2019-06-20#nobody" in extra
    table.delete_item(TableName=name, Key=stray)
    mails = len(system.cloud.mail())
    done, skipped = asyncio.run(rebuild.rebuild(config, bucket, force=False))
    assert (done, skipped) == (0, len(list(bucket.list_all_versions())))
    done, skipped = asyncio.run(rebuild.rebuild(config, bucket, force=True))
    assert (done, skipped) == (len(list(bucket.list_all_versions())), 0)
    assert system.differences() == []
    assert len(system.cloud.mail()) == mails


def test_a_dry_run_says_what_an_upload_then_does(system, put, config, tmp_path):
    put("base.csv", "2020/6/1,20.5,0.1", "2020/6/8,21.5,0.2")
    rows = ["2020/6/1,20.50,0.1", "2020/6/8,22.5,0.75", "2020/6/15,23,0.1", "2020/6/16,,1"]
    path = tmp_path / "next.csv"
    path.write_bytes(csv(*rows))
    known = datasets.load_datasets(config.alert_threshold)
    there = asyncio.run(check.read_versions(config, known.default.name))
    would = check.check(path, "next.csv", known, there)
    (receipt,) = system.put((path, "next.csv"))
    assert (would["new"], would["changed"], would["unchanged"], would["rejected"]) == (1, 1, 1, 1)
    assert would["accepted"] == receipt.accepted
    june = next(month for month in would["months"] if month["month"] == "2020-06")
    assert system.ask("/sd", month=6, year=2020)[1]["value"] == june["after"]["sd"]


def test_dead_letters_go_back_into_the_queue_they_came_from(system, bucket, put):
    sqs = system.cloud.client("sqs")
    dead, queue = (system.cloud.outputs[f"{n}QueueUrl"] for n in ("DeadLetter", "Ingest"))
    receipt = put("again.csv", "2021/6/1,20.5,0.1")
    body = notification(bucket.name, "again.csv", receipt.version_id)
    for _ in range(12):
        sqs.send_message(QueueUrl=dead, MessageBody=body)
    sqs.send_message(QueueUrl=dead, MessageBody='{"DDBStreamBatchInfo": {"shardId": "1"}}')
    assert redrive.redrive(sqs, dead, queue) == 12
    assert system.waiting("DeadLetterQueueUrl") == 0
    wait_until(lambda: system.waiting("IngestQueueUrl") == 0)


def test_what_the_stream_could_not_deliver_is_announced_from_the_table(system, put, config):
    mails = len(system.cloud.mail())
    assert asyncio.run(redrive.announce_missed(config)) == 0
    assert len(system.cloud.mail()) == mails
    receipt = put("missed.csv", "2021/8/1,29,0.875")
    table, name = system.cloud.client("dynamodb"), config.table_name
    mark = {"pk": {"S": f"sent#{receipt.id}"}, "sk": {"S": "sent"}}
    wait_until(lambda: "Item" in table.get_item(TableName=name, Key=mark))
    # As if the function had never run: no ledger, no mark.
    ledger = {"S": "alerts#marmenor.temperature"}
    table.delete_item(TableName=name, Key={"pk": ledger, "sk": {"S": f"2021-08-01#{receipt.id}"}})
    for done in ("recorded", "sent"):
        table.delete_item(TableName=name, Key={**mark, "sk": {"S": done}})
    assert asyncio.run(redrive.announce_missed(config)) == 1
    assert asyncio.run(redrive.announce_missed(config)) == 0
