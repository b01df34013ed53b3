"""The watch function: days since the last readings and the age of unsent alerts, as metrics."""

import importlib
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from aiodynamo.errors import TableNotFound

from aquasense import datasets
from aquasense.uploads.identity import build_upload_id
from aquasense.uploads.receipts import INCORPORATED, Receipt
from tests.events import Context, sqs_event, stream_event
from tests.integration.cloud import measured
from tests.support import csv
from tests.unit.test_datasets import OWN, another
from watch import unsent
from watch.unsent import age_of_event, find_oldest_unsent

TODAY = datetime.now(UTC).date()
DATASET = "marmenor.temperature"


@pytest.fixture
def watch(cloud, monkeypatch):
    """Return the watch handler, with the table of this test."""
    handler = importlib.import_module("watch.handler")
    monkeypatch.setattr(handler, "config", cloud.config)
    return handler


@pytest.fixture
def measure(watch, capsys):
    """Return a function that runs the handler and returns {dataset or "": {metric: values}}."""

    def run():
        capsys.readouterr()
        watch.lambda_handler({}, Context())
        values = {}
        lines = map(json.loads, capsys.readouterr().out.splitlines())
        for (_, name, dimensions), series in measured(lines).items():
            values.setdefault(dict(dimensions).get("dataset", ""), {})[name] = series
        return values

    return run


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def silence(measured):
    """Return the metrics of readings of all datasets."""
    return {
        name: series
        for name, series in measured[""].items()
        if name not in ("Heartbeat", "OldestUnsentAge")
    }


def put(cloud, ingest, key, *days):
    put = cloud.put_event(key, csv(*(f"{day},15,0.1" for day in days)))
    ingest.lambda_handler(sqs_event(put), Context())


def test_a_table_without_readings_has_a_heartbeat_only(measure):
    assert measure() == {"": {"Heartbeat": [1], "OldestUnsentAge": [0]}}


def test_a_run_that_cannot_read_the_table_has_no_heartbeat(cloud, watch, measure):
    cloud.dynamodb.delete_table(TableName=cloud.name)
    with pytest.raises(TableNotFound):
        measure()


@pytest.mark.parametrize(("days", "silent"), [(0, 0), (16, 0), (17, 1)])
def test_a_dataset_is_silent_after_more_days_than_the_parameter(
    cloud, ingest, measure, days, silent
):
    put(cloud, ingest, "a.csv", days_ago(days + 7), days_ago(days))
    measured = measure()
    assert silence(measured) == {"DaysSinceReading": [days], "SilentDatasets": [silent]}
    assert measured[DATASET] == {"DaysSinceReading": [days]}


def test_a_reading_in_the_future_does_not_hide_the_silence(cloud, ingest, measure):
    # One date is in the month of today, the other in a later month.
    last = (TODAY.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    put(cloud, ingest, "a.csv", days_ago(40), max(last, days_ago(-1)), days_ago(-900))
    assert silence(measure()) == {"DaysSinceReading": [40], "SilentDatasets": [1]}


def test_a_withdrawn_reading_does_not_count(cloud, ingest, measure):
    put(cloud, ingest, "a.csv", days_ago(90))
    put(cloud, ingest, "b.csv", days_ago(1))
    assert measure()[""]["SilentDatasets"] == [0]
    ingest.lambda_handler(sqs_event(cloud.delete_event("b.csv")), Context())
    assert silence(measure()) == {"DaysSinceReading": [90], "SilentDatasets": [1]}


def test_a_dataset_may_have_its_own_number_of_days(
    cloud, ingest, watch, measure, monkeypatch, tmp_path
):
    source = tmp_path / "datasets.toml"
    ended = another('"old"', silence_days="0")
    source.write_text(OWN + another(silence_days="60") + ended, encoding="utf-8")
    catalog = datasets.load_datasets(Decimal("0.5"), source)
    for handler in (watch, ingest):
        monkeypatch.setattr(handler, "catalog", catalog)
    put(cloud, ingest, "a.csv", days_ago(3))
    put(cloud, ingest, "marmenor.salinity/a.csv", days_ago(50))
    put(cloud, ingest, "old/a.csv", date(1999, 1, 1))
    measured = measure()
    assert set(measured) == {"", "marmenor.temperature", "marmenor.salinity"}
    assert silence(measured) == {"DaysSinceReading": [3, 50], "SilentDatasets": [0]}


def record(cloud, hours, first="2001-07-08", dataset=DATASET):
    """Record an upload of that many hours ago; return its event id."""
    uploaded = datetime.now(UTC) - timedelta(hours=hours)
    event_id = build_upload_id("a.csv", str(hours), uploaded, 0)
    receipt = Receipt(
        event_id, dataset, "a.csv", "v", 1, uploaded.isoformat(), INCORPORATED, first=first
    )
    cloud.with_table(lambda table: table.put_receipt(receipt))
    return event_id


def test_the_age_is_that_of_the_oldest_event_that_is_not_sent(cloud, measure):
    sent, oldest, newer = (record(cloud, hours) for hours in (30, 20, 10))
    cloud.with_table(lambda table: table.mark_sent(sent))
    assert measure()[""]["OldestUnsentAge"] == [pytest.approx(20 * 3600, abs=60)]
    cloud.with_table(lambda table: table.mark_sent(oldest))
    assert measure()[""]["OldestUnsentAge"] == [pytest.approx(10 * 3600, abs=60)]
    cloud.with_table(lambda table: table.mark_sent(newer))
    assert measure()[""]["OldestUnsentAge"] == [0]


def test_an_event_that_notify_skips_is_not_unsent(cloud, measure):
    record(cloud, 20, first="")
    record(cloud, 21, dataset="marmenor.removed")
    assert measure()[""]["OldestUnsentAge"] == [0]


def test_an_event_of_the_previous_year_counts(cloud):
    event_id = build_upload_id("a.csv", "1", datetime(2025, 12, 31, 23, tzinfo=UTC), 0)
    receipt = Receipt(event_id, DATASET, "a.csv", "1", 1, "", INCORPORATED, first="2001-07-08")
    cloud.with_table(lambda table: table.put_receipt(receipt))

    def find(year):
        return cloud.with_table(lambda table: find_oldest_unsent(table, {DATASET}, year))

    assert (find(2025), find(2026), find(2027)) == (event_id, event_id, None)
    assert age_of_event(event_id, datetime(2026, 1, 1, tzinfo=UTC)) == 3600


def test_a_run_reads_a_bounded_number_of_events(cloud, monkeypatch):
    monkeypatch.setattr(unsent, "MAX_SENT", 2)
    monkeypatch.setattr(unsent, "MAX_EVENTS", 4)
    first, *others = [record(cloud, hours) for hours in (7, 6, 5, 4, 3)]

    def find():
        year = datetime.now(UTC).year
        return cloud.with_table(lambda table: find_oldest_unsent(table, {DATASET}, year))

    # The newest four: all of a stream that stands still.
    assert find() == others[0]
    # Until two sent ones are newer.
    for event_id in others[2:]:
        cloud.with_table(lambda table, event_id=event_id: table.mark_sent(event_id))
    assert find() is None
    assert first


def test_an_event_that_fails_among_others_is_unsent(cloud, ingest, notify, measure, monkeypatch):
    """It is not in the function's Errors, since the run itself succeeds."""
    put(cloud, ingest, "a.csv", days_ago(3))
    put(cloud, ingest, "b.csv", days_ago(2))
    failing, sent = cloud.receipts()
    mark = notify.Table.mark_sent

    async def fail_one(table, event_id):
        if event_id == failing["sk"]["S"]:
            raise TimeoutError
        await mark(table, event_id)

    monkeypatch.setattr(notify.Table, "mark_sent", fail_one)
    response = notify.lambda_handler(stream_event(failing, sent), Context())
    assert len(response["batchItemFailures"]) == 1
    [age] = measure()[""]["OldestUnsentAge"]
    assert 0 < age < 60
