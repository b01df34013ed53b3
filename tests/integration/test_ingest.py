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
from tests.integration.cloud import Context, s3_event, sqs_event
from tests.support import LIMITS, ROOT, SAMPLE, TEMPERATURE, csv, event

# Some events publish no metric.
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")
NO_FAILURES = {"batchItemFailures": []}


def stored_dates(cloud):
    return sorted(sk[:10] for pk, sk in cloud.items() if pk.startswith("marmenor.temperature#2"))


def test_a_direct_s3_event_is_ingested(cloud, ingest):
    version = cloud.put("temperatura_1.csv", SAMPLE.read_bytes())
    notification = event("put.json")
    notification["Records"][0]["s3"]["bucket"]["name"] = cloud.name
    assert ingest.lambda_handler(notification, Context()) == NO_FAILURES
    assert len(stored_dates(cloud)) == 20
    (receipt,) = cloud.receipts()
    assert receipt["version_id"] == {"S": version}
    assert (receipt["accepted"], receipt["status"]) == ({"N": "20"}, {"S": "incorporated"})


def test_a_queue_message_is_ingested(cloud, ingest):
    version = cloud.put("a.csv", SAMPLE.read_bytes())
    assert (
        ingest.lambda_handler(sqs_event(s3_event(cloud, ("a.csv", version))), Context())
        == NO_FAILURES
    )
    assert len(stored_dates(cloud)) == 20


def test_an_object_with_an_encoded_key_is_ingested(cloud, ingest):
    cloud.put("campaña 2022 + extra.csv", csv("2022/12/1,15,0.1"))
    notification = event("put-encoded-key.json")
    notification["Records"][0]["s3"]["bucket"]["name"] = cloud.name
    ingest.lambda_handler(notification, Context())
    assert cloud.receipts()[0]["file"] == {"S": "campaña 2022 + extra.csv"}


def test_every_record_of_an_event_is_ingested(cloud, ingest):
    for number in (1, 2, 3):
        cloud.put(f"{number}.csv", csv(f"2022/12/{number},15,0.1"))
    ingest.lambda_handler(s3_event(cloud, *((f"{n}.csv", None) for n in (1, 2, 3))), Context())
    assert stored_dates(cloud) == ["2022-12-01", "2022-12-02", "2022-12-03"]


@pytest.mark.parametrize("wrapped", [False, True])
def test_the_test_event_of_s3_writes_nothing(cloud, ingest, wrapped):
    test_event = event("s3-test-event.json")
    message = sqs_event(test_event) if wrapped else test_event
    assert ingest.lambda_handler(message, Context()) == NO_FAILURES
    assert cloud.items() == {}


def test_a_permanently_deleted_object_is_not_a_failure(cloud, ingest):
    version = cloud.put("a.csv", SAMPLE.read_bytes())
    cloud.s3.delete_object(Bucket=cloud.name, Key="a.csv", VersionId=version)
    messages = sqs_event(s3_event(cloud, ("a.csv", version)), s3_event(cloud, ("b.csv", None)))
    assert ingest.lambda_handler(messages, Context()) == NO_FAILURES
    assert cloud.items() == {}


def test_only_failed_messages_are_returned_for_a_retry(cloud, ingest):
    for number in (1, 2):
        cloud.put(f"{number}.csv", csv(f"2022/12/{number},15,0.1"))
    messages = sqs_event(
        s3_event(cloud, ("1.csv", None)),
        "this is not JSON",
        {"neither": "notification nor test"},
        s3_event(cloud, ("2.csv", None)),
    )
    assert ingest.lambda_handler(messages, Context()) == {
        "batchItemFailures": [{"itemIdentifier": "message-1"}, {"itemIdentifier": "message-2"}]
    }
    assert stored_dates(cloud) == ["2022-12-01", "2022-12-02"]


def test_repeated_and_reordered_events_do_not_change_the_table(cloud, ingest):
    contents = [csv(f"2022/12/{n},{n},0.1", f"2022/12/31,{n},0.1") for n in range(1, 6)]
    versions = [cloud.put("a.csv", content) for content in contents]
    messages = [s3_event(cloud, ("a.csv", version)) for version in versions]
    for message in messages:
        ingest.lambda_handler(sqs_event(message), Context())
    before = cloud.items()
    for message in reversed(messages):
        ingest.lambda_handler(sqs_event(message, message), Context())
    assert cloud.items() == before
    # The last uploaded version wins, in any order of processing.
    last = max(sk for pk, sk in before if sk.startswith("2022-12-31"))
    assert before["marmenor.temperature#2022", last]["mean"] == {"S": "5"}


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
    cloud.put(key, content)
    assert ingest.lambda_handler(sqs_event(s3_event(cloud, (key, None))), Context()) == NO_FAILURES
    (receipt,) = cloud.receipts()
    assert (receipt["status"], receipt["code"]) == ({"S": "rejected"}, {"S": code})
    assert receipt["reason"]["S"]
    assert len(cloud.items()) == 1


def test_rejected_lines_are_in_the_receipt_and_rows_in_the_table(cloud, ingest):
    content = csv("2022/12/1,15,0.1", "2022/13/1,15,0.1", "2022/12/7,,0.1", "2022/12/8,15,-1")
    cloud.put("a.csv", content)
    ingest.lambda_handler(s3_event(cloud, ("a.csv", None)), Context())
    (receipt,) = cloud.receipts()
    assert (receipt["accepted"], receipt["rejected"]) == ({"N": "1"}, {"N": "3"})
    listed = [
        (entry["M"]["line"]["N"], entry["M"]["code"]["S"]) for entry in receipt["rejections"]["L"]
    ]
    assert listed == [
        ("3", "impossible_date"), ("4", "missing_value"), ("5", "negative_deviation"),
    ]  # fmt: skip


def test_a_failing_table_fails_the_message(cloud, ingest, monkeypatch):
    cloud.put("1.csv", csv("2022/12/1,15,0.1"))
    cloud.dynamodb.delete_table(TableName=cloud.name)
    messages = sqs_event(s3_event(cloud, ("1.csv", None)), event("s3-test-event.json"))
    assert ingest.lambda_handler(messages, Context()) == {
        "batchItemFailures": [{"itemIdentifier": "message-0"}]
    }


def test_a_retry_writes_the_missing_receipt(cloud, ingest, monkeypatch):
    version = cloud.put("a.csv", SAMPLE.read_bytes())
    message = sqs_event(s3_event(cloud, ("a.csv", version)), event("s3-test-event.json"))

    async def crash(*_):
        raise ConnectionError("lost")

    with monkeypatch.context() as patch:
        patch.setattr(ingest.Table, "put_receipt", crash)
        assert len(ingest.lambda_handler(message, Context())["batchItemFailures"]) == 1
    assert len(stored_dates(cloud)) == 20
    assert cloud.receipts() == []
    assert ingest.lambda_handler(message, Context()) == NO_FAILURES
    assert len(cloud.receipts()) == 1


def test_every_event_has_the_bucket_name_of_the_template():
    for name in ("put.json", "put-encoded-key.json", "put-several-records.json"):
        for record in event(name)["Records"]:
            assert record["s3"]["bucket"]["name"] == "aquasense-local-raw-000000000000-eu-west-1"
    (record,) = event("sqs-put.json")["Records"]
    assert json.loads(record["body"]) == event("put.json")
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
