"""Deletions, and verify, rebuild, check and redrive, on the deployed stack."""

import asyncio
import json
from decimal import Decimal

import pytest

from adapters.s3 import Bucket
from aquasense import datasets
from cli.data import check, stack
from cli.maintain import rebuild, redrive
from cli.maintain.differences import compare
from cli.maintain.listing import Listing
from tests.e2e.conftest import wait_until
from tests.events import s3_event
from tests.support import csv

pytestmark = pytest.mark.e2e


@pytest.fixture
def put(system, tmp_path):
    """Return a function that uploads rows under a key and returns the receipt."""

    def upload(key, *rows):
        path = tmp_path / "file.csv"
        path.write_bytes(csv(*rows))
        return system.put((path, key))[0]

    return upload


def repair(system):
    comparison = compare(system.bucket, system.config)
    asyncio.run(rebuild.repair(system.config, system.bucket, comparison, remove=True))


def temp(system, month, year, **more):
    return system.get("/temp", month=month, year=year, **more)


def test_deleting_a_file_restores_the_readings_that_it_superseded(system, put):
    bucket = system.bucket
    put("june.csv", "2018/6/1,20.5,0.1")
    put("wrong.csv", "2018/6/1,25.5,0.75", "2018/7/1,26,0.1")
    assert temp(system, 6, 2018)[1]["value"] == Decimal("25.5")
    system.cloud.client("s3").delete_object(Bucket=bucket.name, Key="wrong.csv")
    wait_until(lambda: temp(system, 6, 2018)[1]["value"] == Decimal("20.5"))
    wait_until(lambda: temp(system, 7, 2018)[0] == 404)

    # The alert of the deleted file is retracted under the id of the deletion.
    def retractions():
        mails = system.cloud.mail()
        return [m for m in mails if "retracted" in m["subject"] and "2018-06-01" in m["body"]]

    wait_until(retractions)
    (retraction,) = retractions()
    assert "2018-06-01  before 0.75 °C, now 0.1 °C: not above the threshold" in retraction["body"]
    assert retraction["attributes"]["kind"] == "retraction"
    # A rebuild restores a lost tombstone.
    table, name = system.cloud.client("dynamodb"), system.config.table_name
    versions = table.query(
        TableName=name,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :day)",
        ExpressionAttributeValues={
            ":pk": {"S": "marmenor.temperature#2018"},
            ":day": {"S": "2018-07-01#"},
        },
    )["Items"]
    (tombstone,) = (
        {"pk": v["pk"], "sk": v["sk"]} for v in versions if v["sk"]["S"].count("#") == 2
    )
    table.delete_item(TableName=name, Key=tombstone)
    assert [tombstone["sk"]["S"] in line for line in system.differences()] == [True]
    repair(system)
    assert system.differences() == []
    # A file with the same key is a new upload.
    put("wrong.csv", "2018/6/1,22.5,0.1")
    assert temp(system, 6, 2018)[1]["value"] == Decimal("22.5")


def test_an_event_delivered_after_the_deletion_does_not_restore_the_upload(system):
    bucket = system.bucket
    client, url = system.cloud.client("s3"), system.cloud.outputs["IngestQueueUrl"]
    version = client.put_object(Bucket=bucket.name, Key="late.csv", Body=csv("2018/9/1,20.5,0.1"))[
        "VersionId"
    ]
    client.delete_object(Bucket=bucket.name, Key="late.csv")
    system.receipts([bucket.find_version("late.csv", version).upload])
    system.cloud.client("sqs").send_message(
        QueueUrl=url, MessageBody=json.dumps(s3_event(bucket.name, ("late.csv", version)))
    )
    wait_until(lambda: system.count_messages("IngestQueueUrl") == 0)
    wait_until(lambda: temp(system, 9, 2018)[0] == 404)


def test_verify_lists_every_difference_and_rebuild_repairs_it(system, put):
    receipt = put("kept.csv", "2019/6/1,20.5,0.1", "2019/6/8,21.5,0.2", "2019/6/9,x,1")
    wait_until(lambda: system.count_messages("IngestQueueUrl") == 0)
    wait_until(lambda: not system.differences())
    table, name = system.cloud.client("dynamodb"), system.config.table_name
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
    mails = len(system.cloud.mail())
    repair(system)
    assert system.differences() == []
    assert len(system.cloud.mail()) == mails


def test_a_dry_run_predicts_the_receipt_of_the_upload(system, put, tmp_path):
    put("base.csv", "2020/6/1,20.5,0.1", "2020/6/8,21.5,0.2")
    rows = ["2020/6/1,20.50,0.1", "2020/6/8,22.5,0.75", "2020/6/15,23,0.1", "2020/6/16,,1"]
    path = tmp_path / "next.csv"
    path.write_bytes(csv(*rows))
    configured = datasets.load_datasets(system.config.alert_threshold)
    versions = stack.read_versions(system.config, configured.default.name)
    predicted = check.check(path, "next.csv", configured, versions)
    (receipt,) = system.put((path, "next.csv"))
    counts = [predicted[name] for name in ("new", "changed", "unchanged", "rejected")]
    assert counts == [1, 1, 1, 1]
    assert predicted["accepted"] == receipt.accepted
    june = next(month for month in predicted["months"] if month["month"] == "2020-06")
    assert system.get("/sd", month=6, year=2020)[1]["value"] == june["after"]["sd"]


def test_redrive_moves_dead_letters_back_to_their_queue(system, put):
    sqs = system.cloud.client("sqs")
    dead, queue = (system.cloud.outputs[f"{n}QueueUrl"] for n in ("DeadLetter", "Ingest"))
    receipt = put("again.csv", "2021/6/1,20.5,0.1")
    body = json.dumps(s3_event(system.bucket.name, ("again.csv", receipt.version_id)))
    for _ in range(12):
        sqs.send_message(QueueUrl=dead, MessageBody=body)
    sqs.send_message(QueueUrl=dead, MessageBody='{"DDBStreamBatchInfo": {"shardId": "1"}}')
    others = ["no JSON", "[]", '{"Records": [{"eventName": "ObjectCreated:Put"}]}', '{"a": 1}']
    for other in others:
        sqs.send_message(QueueUrl=dead, MessageBody=other)
    result = redrive.redrive(sqs, dead, queue)
    assert (result.files, result.alert_batches) == (12, 1)
    assert sorted(message["Body"] for message in result.kept.values()) == sorted(others)
    # The others stay, and can be received at once.
    again = redrive.redrive(sqs, dead, queue)
    assert (again.files, again.kept.keys()) == (0, result.kept.keys())
    assert system.count_messages("DeadLetterQueueUrl") == len(others)
    sqs.purge_queue(QueueUrl=dead)
    wait_until(lambda: system.count_messages("IngestQueueUrl") == 0)


def test_records_that_the_stream_did_not_deliver_are_announced_from_the_table(system, put):
    mails = len(system.cloud.mail())
    assert asyncio.run(redrive.announce_missed(system.config)) == 0
    assert len(system.cloud.mail()) == mails
    receipt = put("missed.csv", "2021/8/1,29,0.875")
    table, name = system.cloud.client("dynamodb"), system.config.table_name
    mark = {"pk": {"S": f"sent#{receipt.id}"}, "sk": {"S": "sent"}}
    wait_until(lambda: "Item" in table.get_item(TableName=name, Key=mark))
    # Delete the ledger entry and the marks, as if the function had never run.
    ledger = {"S": "alerts#marmenor.temperature"}
    table.delete_item(TableName=name, Key={"pk": ledger, "sk": {"S": f"2021-08-01#{receipt.id}"}})
    for done in ("recorded", "sent"):
        table.delete_item(TableName=name, Key={**mark, "sk": {"S": done}})
    assert asyncio.run(redrive.announce_missed(system.config)) == 1
    assert asyncio.run(redrive.announce_missed(system.config)) == 0


def test_a_key_that_cannot_be_listed_hides_no_other_file(system):
    client = system.cloud.client("s3")
    client.create_bucket(
        Bucket="unlistable",
        CreateBucketConfiguration={"LocationConstraint": client.meta.region_name},
    )
    client.put_bucket_versioning(Bucket="unlistable", VersioningConfiguration={"Status": "Enabled"})
    for key in ("a.csv", "b\x01.csv", "c.csv"):
        client.put_object(Bucket="unlistable", Key=key, Body=csv("2018/6/1,20.5,0.1"))
    listing = Listing.of(Bucket(client, "unlistable"))
    assert [stored.upload.key for stored in listing.in_order] == ["a.csv"]
    assert (listing.last_key, listing.complete) == ("a.csv", False)
    listing.add_files(["a.csv", "c.csv"])
    assert {stored.upload.key for stored in listing.in_order} == {"a.csv", "c.csv"}
