"""The ingest function: from an event to rows and receipt, again and again."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.s3 import ObjectStore
from aquasense.datasets import Datasets
from ingest.incorporate import Ingest
from query.http import Request
from query.service import Service
from tests.integration.cloud import Context, s3_event, sqs_event
from tests.support import LIMITS, ROOT, SAMPLE, TEMPERATURE, csv, event

# Powertools says so where nothing was counted; there is nothing wrong with that.
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")
NONE_FAILED = {"batchItemFailures": []}


def dates(cloud):
    return sorted(sk[:10] for pk, sk in cloud.items() if pk.startswith("marmenor.temperature#2"))


def test_a_bare_s3_event_as_sam_generates_it(cloud, ingest):
    version = cloud.put("temperatura_1.csv", SAMPLE.read_bytes())
    notification = event("put.json")
    notification["Records"][0]["s3"]["bucket"]["name"] = cloud.name
    assert ingest.lambda_handler(notification, Context()) == NONE_FAILED
    assert len(dates(cloud)) == 20
    (receipt,) = cloud.receipts()
    assert receipt["version_id"] == {"S": version}
    assert (receipt["accepted"], receipt["status"]) == ({"N": "20"}, {"S": "incorporated"})


def test_a_message_of_the_queue(cloud, ingest):
    version = cloud.put("a.csv", SAMPLE.read_bytes())
    assert (
        ingest.lambda_handler(sqs_event(s3_event(cloud, ("a.csv", version))), Context())
        == NONE_FAILED
    )
    assert len(dates(cloud)) == 20


def test_an_encoded_key_is_found(cloud, ingest):
    cloud.put("campaña 2022 + extra.csv", csv("2022/12/1,15,0.1"))
    notification = event("put-encoded-key.json")
    notification["Records"][0]["s3"]["bucket"]["name"] = cloud.name
    ingest.lambda_handler(notification, Context())
    assert cloud.receipts()[0]["file"] == {"S": "campaña 2022 + extra.csv"}


def test_several_records_of_one_event(cloud, ingest):
    for number in (1, 2, 3):
        cloud.put(f"{number}.csv", csv(f"2022/12/{number},15,0.1"))
    ingest.lambda_handler(s3_event(cloud, *((f"{n}.csv", None) for n in (1, 2, 3))), Context())
    assert dates(cloud) == ["2022-12-01", "2022-12-02", "2022-12-03"]


@pytest.mark.parametrize("wrapped", [False, True])
def test_s3s_test_event_is_taken_and_does_nothing(cloud, ingest, wrapped):
    test_event = event("s3-test-event.json")
    given = sqs_event(test_event) if wrapped else test_event
    assert ingest.lambda_handler(given, Context()) == NONE_FAILED
    assert cloud.items() == {}


def test_an_object_that_is_gone_is_no_failure(cloud, ingest):
    version = cloud.put("a.csv", SAMPLE.read_bytes())
    cloud.s3.delete_object(Bucket=cloud.name, Key="a.csv", VersionId=version)
    given = sqs_event(s3_event(cloud, ("a.csv", version)), s3_event(cloud, ("b.csv", None)))
    assert ingest.lambda_handler(given, Context()) == NONE_FAILED
    assert cloud.items() == {}


def test_one_bad_message_does_not_fail_its_neighbours(cloud, ingest):
    for number in (1, 2):
        cloud.put(f"{number}.csv", csv(f"2022/12/{number},15,0.1"))
    given = sqs_event(
        s3_event(cloud, ("1.csv", None)),
        "this is no JSON",
        {"neither": "notification nor test"},
        s3_event(cloud, ("2.csv", None)),
    )
    assert ingest.lambda_handler(given, Context()) == {
        "batchItemFailures": [{"itemIdentifier": "message-1"}, {"itemIdentifier": "message-2"}]
    }
    assert dates(cloud) == ["2022-12-01", "2022-12-02"]


def test_processed_again_and_in_another_order_the_table_is_the_same(cloud, ingest):
    contents = [csv(f"2022/12/{n},{n},0.1", f"2022/12/31,{n},0.1") for n in range(1, 6)]
    versions = [cloud.put("a.csv", content) for content in contents]
    messages = [s3_event(cloud, ("a.csv", version)) for version in versions]
    for message in messages:
        ingest.lambda_handler(sqs_event(message), Context())
    before = cloud.items()
    for message in reversed(messages):
        ingest.lambda_handler(sqs_event(message, message), Context())
    assert cloud.items() == before
    # The last version put wins the date they all have, whichever was processed last.
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
def test_a_file_that_cannot_be_read_is_rejected_whole_and_not_tried_again(
    cloud, ingest, key, content, code
):
    cloud.put(key, content)
    assert ingest.lambda_handler(sqs_event(s3_event(cloud, (key, None))), Context()) == NONE_FAILED
    (receipt,) = cloud.receipts()
    assert (receipt["status"], receipt["code"]) == ({"S": "rejected"}, {"S": code})
    assert receipt["reason"]["S"]
    assert len(cloud.items()) == 1


def test_bad_rows_are_in_the_receipt_and_the_good_ones_in_the_table(cloud, ingest):
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


def test_a_failing_table_is_a_failed_message(cloud, ingest, monkeypatch):
    cloud.put("1.csv", csv("2022/12/1,15,0.1"))
    cloud.dynamodb.delete_table(TableName=cloud.name)
    given = sqs_event(s3_event(cloud, ("1.csv", None)), event("s3-test-event.json"))
    assert ingest.lambda_handler(given, Context()) == {
        "batchItemFailures": [{"itemIdentifier": "message-0"}]
    }


def test_a_missing_receipt_is_completed_by_trying_again(cloud, ingest, monkeypatch):
    version = cloud.put("a.csv", SAMPLE.read_bytes())
    message = sqs_event(s3_event(cloud, ("a.csv", version)), event("s3-test-event.json"))

    async def crash(*_):
        raise ConnectionError("lost")

    with monkeypatch.context() as patch:
        patch.setattr(ingest.Table, "put_receipt", crash)
        assert len(ingest.lambda_handler(message, Context())["batchItemFailures"]) == 1
    assert len(dates(cloud)) == 20
    assert cloud.receipts() == []
    assert ingest.lambda_handler(message, Context()) == NONE_FAILED
    assert len(cloud.receipts()) == 1


def test_every_event_names_the_bucket_the_template_makes():
    for name in ("put.json", "put-encoded-key.json", "put-several-records.json"):
        for record in event(name)["Records"]:
            named = record["s3"]["bucket"]["name"]
            assert named == "aquasense-local-raw-000000000000-eu-west-1"
    (record,) = event("sqs-put.json")["Records"]
    assert json.loads(record["body"]) == event("put.json")
    assert "${AWS::StackName}-raw-${AWS::AccountId}" in (ROOT / "template.yaml").read_text()


def test_a_receipt_has_the_flags_of_the_answers_where_neighbours_are_years_apart(cloud):
    limits = replace(TEMPERATURE.limits, gap_suspect_days=800, rate_suspect=Decimal("0.01"))
    yearly = replace(TEMPERATURE, limits=limits)
    cloud.put("a.csv", csv("2010/6/1,15,0.1", "2012/6/1,25,0.1", "2014/6/1,15,0.1"))
    stored = cloud.bucket.find_version("a.csv")
    datasets = Datasets({yearly.name: yearly}, yearly)

    async def receipt_and_answer(table):
        ingest = Ingest(cloud.bucket, table, ObjectStore(cloud.s3, cloud.name), datasets, LIMITS)
        await ingest.ingest(stored.upload)
        response = await Service(table, datasets).get(
            Request("GET", f"/uploads/{stored.upload.id}")
        )
        return json.loads(response.content())

    answer = cloud.with_table(receipt_and_answer)
    path = f"receipts/{stored.upload.id}.json"
    receipt = json.load(cloud.s3.get_object(Bucket=cloud.name, Key=path)["Body"])
    assert receipt["flagged"]["2012-06-01"] == ["spike:fail", "rate_of_change:suspect"]
    assert receipt["flagged"] == answer["flagged"]
