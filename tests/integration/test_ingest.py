"""The ingest function: events, rows and receipts, also when events are repeated."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.s3 import ObjectStore
from aquasense.datasets import Datasets
from ingest.ingester import Ingester
from query.http import Request
from query.service import Service
from tests.events import REGION, Context, s3_event, sqs_event
from tests.integration.cloud import NONE_FAILED
from tests.support import LIMITS, ROOT, SAMPLE, TEMPERATURE, csv, event

# Some events publish no metric.
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


def stored_dates(cloud):
    return sorted(sk[:10] for pk, sk in cloud.items() if pk.startswith("marmenor.temperature#2"))


def test_a_direct_s3_event_is_ingested(cloud, ingest):
    version = cloud.put("temperatura_1.csv", SAMPLE.read_bytes())
    notification = event("put.json")
    notification["Records"][0]["s3"]["bucket"]["name"] = cloud.name
    assert ingest.lambda_handler(notification, Context()) == NONE_FAILED
    assert len(stored_dates(cloud)) == 20
    (receipt,) = cloud.receipts()
    assert receipt["version_id"] == {"S": version}
    assert (receipt["accepted"], receipt["status"]) == ({"N": "20"}, {"S": "incorporated"})


def test_an_object_with_an_encoded_key_is_ingested(cloud, ingest):
    cloud.put("campaña 2022 + extra.csv", csv("2022/12/1,15,0.1"))
    notification = event("put-encoded-key.json")
    notification["Records"][0]["s3"]["bucket"]["name"] = cloud.name
    ingest.lambda_handler(notification, Context())
    assert cloud.receipts()[0]["file"] == {"S": "campaña 2022 + extra.csv"}


def test_every_record_of_a_queue_message_is_ingested(cloud, ingest):
    for number in (1, 2, 3):
        cloud.put(f"{number}.csv", csv(f"2022/12/{number},15,0.1"))
    notification = s3_event(cloud.name, *((f"{n}.csv", None) for n in (1, 2, 3)))
    assert ingest.lambda_handler(sqs_event(notification), Context()) == NONE_FAILED
    assert stored_dates(cloud) == ["2022-12-01", "2022-12-02", "2022-12-03"]


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_test_event_of_s3_writes_nothing(cloud, ingest, wrapped):
    test_event = event("s3-test-event.json")
    message = sqs_event(test_event) if wrapped else test_event
    assert ingest.lambda_handler(message, Context()) == NONE_FAILED
    assert cloud.items() == {}


def test_a_permanently_deleted_object_is_not_a_failure(cloud, ingest):
    deleted = cloud.put_event("a.csv", SAMPLE.read_bytes())
    version = deleted["Records"][0]["s3"]["object"]["versionId"]
    cloud.s3.delete_object(Bucket=cloud.name, Key="a.csv", VersionId=version)
    messages = sqs_event(deleted, s3_event(cloud.name, ("b.csv", None)))
    assert ingest.lambda_handler(messages, Context()) == NONE_FAILED
    assert cloud.items() == {}


def test_only_failed_messages_are_returned_for_a_retry(cloud, ingest):
    first, second = (cloud.put_event("a.csv", csv(f"2022/12/{n},15,0.1")) for n in (1, 2))
    wrong = "this is not JSON", {"neither": "notification nor test"}
    assert ingest.lambda_handler(sqs_event(first, *wrong, second), Context()) == {
        "batchItemFailures": [{"itemIdentifier": "message-1"}, {"itemIdentifier": "message-2"}]
    }
    assert stored_dates(cloud) == ["2022-12-01", "2022-12-02"]


@pytest.mark.parametrize(
    ("key", "content", "code"),
    [
        ("a.csv", b"", "empty_file"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\0\0", "binary_file"),
        ("a.csv", b"2022/12/1,15,0.1\n", "no_header"),
        ("a.xlsx", b"PK\x03\x04rest", "zip_file"),
        ("marmenor.turbidity/a.csv", SAMPLE.read_bytes(), "unknown_dataset"),
    ],
)
def test_an_unreadable_file_is_rejected_without_a_retry(cloud, ingest, key, content, code):
    message = sqs_event(cloud.put_event(key, content))
    assert ingest.lambda_handler(message, Context()) == NONE_FAILED
    (receipt,) = cloud.receipts()
    assert (receipt["status"], receipt["code"]) == ({"S": "rejected"}, {"S": code})
    assert receipt["reason"]["S"]
    assert len(cloud.items()) == 1


def test_rejected_lines_are_in_the_receipt_and_rows_in_the_table(cloud, ingest):
    content = csv("2022/12/1,15,0.1", "2022/13/1,15,0.1", "2022/12/7,,0.1", "2022/12/8,15,-1")
    ingest.lambda_handler(cloud.put_event("a.csv", content), Context())
    (receipt,) = cloud.receipts()
    assert (receipt["accepted"], receipt["rejected"]) == ({"N": "1"}, {"N": "3"})
    listed = [
        (entry["M"]["line"]["N"], entry["M"]["code"]["S"]) for entry in receipt["rejections"]["L"]
    ]
    assert listed == [
        ("3", "impossible_date"), ("4", "missing_value"), ("5", "negative_deviation"),
    ]  # fmt: skip


def test_a_failing_table_fails_the_message(cloud, ingest):
    put = cloud.put_event("1.csv", csv("2022/12/1,15,0.1"))
    cloud.dynamodb.delete_table(TableName=cloud.name)
    reply = ingest.lambda_handler(sqs_event(put, event("s3-test-event.json")), Context())
    assert reply == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}


def test_a_retry_writes_the_missing_receipt(cloud, ingest, monkeypatch):
    put = cloud.put_event("a.csv", SAMPLE.read_bytes())
    message = sqs_event(put, event("s3-test-event.json"))

    async def crash(*_):
        raise ConnectionError("lost")

    with monkeypatch.context() as patch:
        patch.setattr(ingest.Table, "put_receipt", crash)
        assert len(ingest.lambda_handler(message, Context())["batchItemFailures"]) == 1
    assert len(stored_dates(cloud)) == 20
    assert cloud.receipts() == []
    assert ingest.lambda_handler(message, Context()) == NONE_FAILED
    assert len(cloud.receipts()) == 1


def test_every_event_has_the_bucket_name_of_the_template():
    for name in ("put.json", "put-encoded-key.json", "put-several-records.json"):
        for record in event(name)["Records"]:
            assert record["s3"]["bucket"]["name"] == "aquasense-local-raw-000000000000-eu-west-1"
    assert "${AWS::StackName}-raw-${AWS::AccountId}" in (ROOT / "template.yaml").read_text()


def test_receipt_and_api_have_the_same_flags_for_a_yearly_series(cloud):
    limits = replace(TEMPERATURE.limits, gap_suspect_days=800, rate_suspect=Decimal("0.01"))
    yearly = replace(TEMPERATURE, limits=limits)
    cloud.put("a.csv", csv("2010/6/1,15,0.1", "2012/6/1,25,0.1", "2014/6/1,15,0.1"))
    stored = cloud.bucket.find_version("a.csv")
    datasets = Datasets({yearly.name: yearly}, yearly)

    async def ingest_and_get(table):
        receipts = ObjectStore(cloud.s3, cloud.name)
        ingester = Ingester(cloud.bucket, table, receipts, datasets, LIMITS)
        await ingester.ingest_upload(stored.upload)
        request = Request("GET", f"/uploads/{stored.upload.id}")
        response = await Service(table, datasets).get(request)
        return json.loads(response.content())

    response = cloud.with_table(ingest_and_get)
    path = f"receipts/{stored.upload.id}.json"
    receipt = json.load(cloud.s3.get_object(Bucket=cloud.name, Key=path)["Body"])
    assert receipt["flagged"]["2012-06-01"] == ["spike:fail", "rate_of_change:suspect"]
    assert receipt["flagged"] == response["flagged"]


def test_a_version_deleted_while_it_is_ingested_leaves_no_receipt(cloud, ingest, monkeypatch):
    monkeypatch.setattr(ingest, "store", ObjectStore(cloud.s3, f"{cloud.name}-receipts"))
    cloud.s3.create_bucket(
        Bucket=f"{cloud.name}-receipts",
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    version = cloud.put("a.csv", csv("Juana,2000,1"))
    apply_deletions = Ingester.apply_deletions

    async def delete_first(self, key, version_id=None):
        cloud.s3.delete_object(Bucket=cloud.name, Key=key, VersionId=version)
        return await apply_deletions(self, key, version_id)

    monkeypatch.setattr(Ingester, "apply_deletions", delete_first)
    ingest.lambda_handler(s3_event(cloud.name, ("a.csv", version)), Context())
    assert cloud.receipts()
    assert "Contents" not in cloud.s3.list_objects_v2(Bucket=f"{cloud.name}-receipts")
