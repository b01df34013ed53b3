"""The notify function: one message for an upload, despite retries, crashes and corrections."""

from decimal import Decimal

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError

from aquasense import datasets
from tests.events import Context, sqs_event, stream_event
from tests.integration.cloud import NONE_FAILED
from tests.support import ALERTING, SAMPLE, csv, event

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


@pytest.fixture
def upload(cloud, ingest):
    """Return a function that puts and ingests a file, and returns its receipt in the stream."""

    def put(key, content):
        earlier = {item["sk"]["S"] for item in cloud.receipts()}
        ingest.lambda_handler(sqs_event(cloud.put_event(key, content)), Context())
        (record,) = (item for item in cloud.receipts() if item["sk"]["S"] not in earlier)
        return record

    return put


@pytest.fixture
def fail_to_send(notify, monkeypatch):
    """Return a function that processes records while the topic fails."""

    def crash(*_):
        raise ConnectionError("lost")

    def run(*records):
        with monkeypatch.context() as patch:
            patch.setattr(notify.topic, "publish", crash)
            return notify.lambda_handler(stream_event(*records), Context())

    return run


def other_record():
    return event("stream-batch.json")["Records"][0]["dynamodb"]["NewImage"]


def test_the_mail_names_the_date_whose_row_was_copied(cloud, notify, upload):
    upload("week 46.csv", csv("2026/11/13,15.1234,0.6543"))
    record = upload("week 47.csv", csv("2026/11/20,15.1234,0.6543"))
    assert notify.lambda_handler(stream_event(record), Context()) == NONE_FAILED
    (mail,) = cloud.mails()
    assert "2026-11-20  deviation 0.6543 °C" in mail["body"]
    assert "[DOUBTFUL: it repeats the mean or the deviation of 2026-11-13]" in mail["body"]


def test_one_message_lists_every_reading_above_the_threshold(cloud, notify, upload):
    record = upload("alerta_inventada.csv", ALERTING.read_bytes())
    assert notify.lambda_handler(stream_event(record), Context()) == NONE_FAILED
    (mail,) = cloud.mails()
    assert "2 lecturas/readings > 0.5" in mail["subject"]
    for text in ("2001-07-08", "2001-07-15", "0.5000000000000001"):
        assert text in mail["body"]
    assert "2001-07-01" not in mail["body"]
    upload_id = record["sk"]["S"]
    assert mail["attributes"]["upload"] == upload_id
    assert mail["attributes"]["dataset"] == "marmenor.temperature"
    # The ledger has every announced reading.
    ledger = {sk: item for (pk, sk), item in cloud.items().items() if pk.startswith("alerts#")}
    assert sorted(ledger) == [f"2001-07-08#{upload_id}", f"2001-07-15#{upload_id}"]
    assert ledger[f"2001-07-08#{upload_id}"]["deviation"] == {"S": "0.625"}


@pytest.mark.parametrize("first", [0, 1])
def test_the_deletion_of_a_file_of_several_versions_is_one_message(
    cloud, ingest, notify, upload, fail_to_send, first
):
    files = (csv("2022/1/1,15,0.1"), csv("2022/1/8,15,0.7"), csv("2022/1/15,15,0.9"))
    for content in files:
        notify.lambda_handler(stream_event(upload("a.csv", content)), Context())
    assert len(cloud.mails()) == 2
    ingest.lambda_handler(sqs_event(cloud.delete_event("a.csv")), Context())
    withdrawals = [
        item for _, item in sorted(cloud.items().items()) if item.get("kind") == {"S": "withdrawal"}
    ]
    assert len(withdrawals) == len(files)
    # The first event may come last, or be sent by a retry.
    records = [*withdrawals[first:], *withdrawals[:first]]
    with pytest.raises(BatchProcessingError):
        fail_to_send(records[0])
    for _ in range(2):
        notify.lambda_handler(stream_event(*records), Context())
    (mail,) = cloud.new_mails()
    assert mail["attributes"]["upload"] == records[0]["sk"]["S"]
    assert "2 avisos retirados/alerts retracted" in mail["subject"]
    assert all(date in mail["body"] for date in ("2022-01-08", "2022-01-15"))


@pytest.mark.parametrize("batches", [[(0, 0), (0,)], [(0,), (1,), (2,)], [(2, 1, 0)]])
def test_repeated_records_and_uploads_in_any_order_are_one_message(cloud, notify, upload, batches):
    records = [upload(key, ALERTING.read_bytes()) for key in ("a.csv", "a.csv", "b.csv")]
    for batch in batches:
        notify.lambda_handler(stream_event(*(records[index] for index in batch)), Context())
    assert len(cloud.mails()) == 1


def test_another_value_is_another_message(cloud, notify, upload):
    for deviation in ("0.6", "0.60", "0.7"):
        record = upload("a.csv", csv(f"2001/7/8,28,{deviation}"))
        notify.lambda_handler(stream_event(record), Context())
    assert len(cloud.mails()) == 2


def test_a_crash_after_publishing_repeats_the_message_under_the_same_id(
    cloud, notify, upload, monkeypatch
):
    record = upload("a.csv", ALERTING.read_bytes())

    async def crash(*_):
        raise ConnectionError("lost")

    batch = stream_event(record, other_record())
    with monkeypatch.context() as patch:
        patch.setattr(notify.Table, "mark_sent", crash)
        answer = notify.lambda_handler(batch, Context())
    assert len(answer["batchItemFailures"]) >= 1
    for _ in range(2):
        assert notify.lambda_handler(batch, Context()) == NONE_FAILED
    first, second = cloud.mails()
    assert first == second
    assert first["attributes"]["upload"] == record["sk"]["S"]


def test_a_crash_before_publishing_loses_no_alert(cloud, notify, upload, fail_to_send):
    record = upload("a.csv", ALERTING.read_bytes())
    answer = fail_to_send(other_record(), record)
    assert answer == {"batchItemFailures": [{"itemIdentifier": f"{2:021d}"}]}
    assert cloud.mails() == []
    # The same file is uploaded again, and its event is processed first.
    again = upload("a.csv", ALERTING.read_bytes())
    notify.lambda_handler(stream_event(again), Context())
    notify.lambda_handler(stream_event(record), Context())
    assert {mail["attributes"]["upload"] for mail in cloud.mails()} == {record["sk"]["S"]}


def test_a_late_alert_leaves_out_the_readings_that_were_retracted_meanwhile(
    cloud, notify, upload, fail_to_send
):
    first = upload("a.csv", csv("2001/7/8,28,0.9", "2001/7/15,28,0.8"))
    with pytest.raises(BatchProcessingError):
        fail_to_send(first)
    second = upload("a.csv", csv("2001/7/8,28,0.2"))
    for _ in range(2):
        notify.lambda_handler(stream_event(second, first), Context())
    retraction, alert = cloud.mails()
    kinds = [mail["attributes"]["kind"] for mail in (retraction, alert)]
    assert kinds == ["retraction", "history"]
    assert "2001-07-08" in retraction["body"]
    assert "2001-07-08" not in alert["body"]
    assert "2001-07-15" in alert["body"]


def test_a_late_alert_is_not_sent_if_all_its_readings_were_retracted(
    cloud, notify, upload, fail_to_send
):
    first = upload("a.csv", csv("2001/7/8,28,0.9"))
    with pytest.raises(BatchProcessingError):
        fail_to_send(first)
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


@pytest.mark.parametrize(
    ("content", "name", "dataset"),
    [
        pytest.param(SAMPLE.read_bytes(), "INSERT", None, id="nothing above the threshold"),
        pytest.param(b"", "INSERT", None, id="a rejected file"),
        pytest.param(ALERTING.read_bytes(), "MODIFY", None, id="a modified record"),
        pytest.param(ALERTING.read_bytes(), "REMOVE", None, id="a removed record"),
        pytest.param(ALERTING.read_bytes(), "INSERT", "marmenor.old", id="no longer configured"),
    ],
)
def test_no_message_and_no_failure(cloud, notify, upload, content, name, dataset):
    record = upload("alerta_inventada.csv", content)
    if dataset:
        record["dataset"] = {"S": dataset}
    assert notify.lambda_handler(stream_event(record, name=name), Context()) == NONE_FAILED
    assert cloud.mails() == []


def test_the_stream_batch_of_the_events_folder_is_accepted(cloud, notify):
    assert notify.lambda_handler(event("stream-batch.json"), Context()) == NONE_FAILED
    assert cloud.mails() == []
