"""The notify function: one message for an upload, despite retries, crashes and corrections."""

from decimal import Decimal

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError

from aquasense import datasets
from tests.integration.cloud import Context, s3_event, sqs_event, stream_event
from tests.support import ALERTING, SAMPLE, csv, event

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")
NONE_FAILED = {"batchItemFailures": []}


@pytest.fixture
def upload(cloud, ingest):
    """Return a function that puts and ingests a file, and returns its receipt in the stream."""

    def put(key, content):
        earlier = {item["sk"]["S"] for item in cloud.receipts()}
        version = cloud.put(key, content)
        ingest.lambda_handler(sqs_event(s3_event(cloud, (key, version))), Context())
        (record,) = (item for item in cloud.receipts() if item["sk"]["S"] not in earlier)
        return record

    return put


def test_one_message_lists_every_reading_above_the_threshold(cloud, notify, upload):
    record = upload("alerta_inventada.csv", ALERTING.read_bytes())
    assert notify.lambda_handler(stream_event(record), Context()) == NONE_FAILED
    (mail,) = cloud.mails()
    assert "2 lecturas/readings > 0.5" in mail["subject"]
    assert "2001-07-08" in mail["body"]
    assert "2001-07-15" in mail["body"]
    assert "0.5000000000000001" in mail["body"]
    assert "2001-07-01" not in mail["body"]
    assert mail["attributes"]["upload"] == record["sk"]["S"]
    assert mail["attributes"]["dataset"] == "marmenor.temperature"


def test_a_repeated_record_sends_nothing(cloud, notify, upload):
    record = upload("a.csv", ALERTING.read_bytes())
    for batch in (stream_event(record, record), stream_event(record)):
        notify.lambda_handler(batch, Context())
    assert len(cloud.mails()) == 1


def test_the_same_file_uploaded_twice_is_one_message(cloud, notify, upload):
    records = [upload(key, ALERTING.read_bytes()) for key in ("a.csv", "a.csv", "b.csv")]
    for record in records:
        notify.lambda_handler(stream_event(record), Context())
    assert len(cloud.mails()) == 1


def test_repeated_uploads_in_any_order_are_one_message(cloud, notify, upload):
    records = [upload("a.csv", ALERTING.read_bytes()) for _ in range(3)]
    notify.lambda_handler(stream_event(*reversed(records)), Context())
    assert len(cloud.mails()) == 1


def test_another_value_is_another_message(cloud, notify, upload):
    for deviation in ("0.6", "0.60", "0.7"):
        record = upload("a.csv", csv(f"2001/7/8,28,{deviation}"))
        notify.lambda_handler(stream_event(record), Context())
    assert len(cloud.mails()) == 2


def test_a_file_with_nothing_above_the_threshold_sends_nothing(cloud, notify, upload):
    notify.lambda_handler(stream_event(upload("a.csv", SAMPLE.read_bytes())), Context())
    assert cloud.mails() == []


def test_the_ledger_has_every_announced_reading(cloud, notify, upload):
    record = upload("a.csv", ALERTING.read_bytes())
    notify.lambda_handler(stream_event(record), Context())
    ledger = {sk: item for (pk, sk), item in cloud.items().items() if pk.startswith("alerts#")}
    event_id = record["sk"]["S"]
    assert sorted(ledger) == [f"2001-07-08#{event_id}", f"2001-07-15#{event_id}"]
    assert ledger[f"2001-07-08#{event_id}"]["deviation"] == {"S": "0.625"}


def test_a_crash_after_publishing_repeats_the_message_under_the_same_id(
    cloud, notify, upload, monkeypatch
):
    record = upload("a.csv", ALERTING.read_bytes())

    async def crash(*_):
        raise ConnectionError("lost")

    batch = stream_event(record, event("stream-batch.json")["Records"][0]["dynamodb"]["NewImage"])
    with monkeypatch.context() as patch:
        patch.setattr(notify.Table, "mark_sent", crash)
        answer = notify.lambda_handler(batch, Context())
    assert len(answer["batchItemFailures"]) >= 1
    assert notify.lambda_handler(batch, Context()) == NONE_FAILED
    assert notify.lambda_handler(batch, Context()) == NONE_FAILED
    first, second = cloud.mails()
    assert first == second
    assert first["attributes"]["upload"] == record["sk"]["S"]


def test_a_crash_before_publishing_loses_no_alert(cloud, notify, upload, monkeypatch):
    record = upload("a.csv", ALERTING.read_bytes())
    other = event("stream-batch.json")["Records"][0]["dynamodb"]["NewImage"]

    def crash(*_):
        raise ConnectionError("lost")

    with monkeypatch.context() as patch:
        patch.setattr(notify.topic, "publish", crash)
        answer = notify.lambda_handler(stream_event(other, record), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": f"{2:021d}"}]}
    assert cloud.mails() == []
    # The same file is uploaded again, and its event is processed first.
    again = upload("a.csv", ALERTING.read_bytes())
    notify.lambda_handler(stream_event(again), Context())
    notify.lambda_handler(stream_event(record), Context())
    assert {mail["attributes"]["upload"] for mail in cloud.mails()} == {record["sk"]["S"]}


def fail_to_send(notify, record, monkeypatch):
    def crash(*_):
        raise ConnectionError("lost")

    with monkeypatch.context() as patch:
        patch.setattr(notify.topic, "publish", crash)
        with pytest.raises(BatchProcessingError):
            notify.lambda_handler(stream_event(record), Context())


def test_a_late_alert_leaves_out_the_readings_that_were_retracted_meanwhile(
    cloud, notify, upload, monkeypatch
):
    first = upload("a.csv", csv("2001/7/8,28,0.9", "2001/7/15,28,0.8"))
    fail_to_send(notify, first, monkeypatch)
    second = upload("a.csv", csv("2001/7/8,28,0.2"))
    for _ in range(2):
        notify.lambda_handler(stream_event(second, first), Context())
    retraction, alert = cloud.mails()
    assert (retraction["attributes"]["kind"], alert["attributes"]["kind"]) == (
        "retraction",
        "history",
    )
    assert "2001-07-08" in retraction["body"]
    assert "2001-07-08" not in alert["body"]
    assert "2001-07-15" in alert["body"]


def test_a_late_alert_is_not_sent_if_all_its_readings_were_retracted(
    cloud, notify, upload, monkeypatch
):
    first = upload("a.csv", csv("2001/7/8,28,0.9"))
    fail_to_send(notify, first, monkeypatch)
    second = upload("a.csv", csv("2001/7/8,28,0.2"))
    for _ in range(2):
        assert notify.lambda_handler(stream_event(second, first), Context()) == NONE_FAILED
    (retraction,) = cloud.mails()
    assert retraction["attributes"]["upload"] == second["sk"]["S"]


def test_an_event_without_a_message_stays_without_one_under_another_threshold(
    cloud, notify, upload, monkeypatch
):
    record = upload("a.csv", csv("2001/7/8,28,0.45"))
    notify.lambda_handler(stream_event(record), Context())
    monkeypatch.setattr(notify, "catalog", datasets.load_datasets(Decimal("0.4")))
    notify.lambda_handler(stream_event(record), Context())
    assert cloud.mails() == []


@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
def test_only_inserted_records_are_announced(cloud, notify, upload, name):
    record = upload("a.csv", ALERTING.read_bytes())
    assert notify.lambda_handler(stream_event(record, name=name), Context()) == NONE_FAILED
    assert cloud.mails() == []


def test_the_stream_batch_of_the_events_folder_is_accepted(cloud, notify):
    assert notify.lambda_handler(event("stream-batch.json"), Context()) == NONE_FAILED
    assert cloud.mails() == []


def test_a_rejected_file_sends_nothing(cloud, notify, upload):
    record = upload("a.csv", b"")
    assert notify.lambda_handler(stream_event(record), Context()) == NONE_FAILED
    assert cloud.mails() == []


def test_a_dataset_that_is_no_longer_configured_is_no_failure(cloud, notify, upload):
    record = upload("alerta_inventada.csv", ALERTING.read_bytes())
    record["dataset"] = {"S": "marmenor.abandoned"}
    assert notify.lambda_handler(stream_event(record), Context()) == NONE_FAILED
    assert cloud.mails() == []
