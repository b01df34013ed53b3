"""The watch function: days since the last reading of each series, as metrics."""

import importlib
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from aquasense import datasets
from tests.events import Context, sqs_event
from tests.integration.cloud import measured
from tests.support import csv
from tests.unit.test_datasets import OWN, another

TODAY = datetime.now(UTC).date()


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


def put(cloud, ingest, key, *days):
    put = cloud.put_event(key, csv(*(f"{day},15,0.1" for day in days)))
    ingest.lambda_handler(sqs_event(put), Context())


def test_a_table_without_readings_has_no_metrics(measure):
    assert measure() == {}


@pytest.mark.parametrize(("days", "silent"), [(0, 0), (16, 0), (17, 1)])
def test_a_dataset_is_silent_after_more_days_than_the_parameter(
    cloud, ingest, measure, days, silent
):
    put(cloud, ingest, "a.csv", days_ago(days + 7), days_ago(days))
    measured = measure()
    assert measured[""] == {"DaysSinceReading": [days], "SilentDatasets": [silent]}
    assert measured["marmenor.temperature"] == {"DaysSinceReading": [days]}


def test_a_reading_in_the_future_does_not_hide_the_silence(cloud, ingest, measure):
    # One date is in the month of today, the other in a later month.
    last = (TODAY.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    put(cloud, ingest, "a.csv", days_ago(40), max(last, days_ago(-1)), days_ago(-900))
    assert measure()[""] == {"DaysSinceReading": [40], "SilentDatasets": [1]}


def test_a_withdrawn_reading_does_not_count(cloud, ingest, measure):
    put(cloud, ingest, "a.csv", days_ago(90))
    put(cloud, ingest, "b.csv", days_ago(1))
    assert measure()[""]["SilentDatasets"] == [0]
    ingest.lambda_handler(sqs_event(cloud.delete_event("b.csv")), Context())
    assert measure()[""] == {"DaysSinceReading": [90], "SilentDatasets": [1]}


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
    assert measured[""] == {"DaysSinceReading": [3, 50], "SilentDatasets": [0]}
