"""The hourly look at how long each series has been silent."""

import importlib
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from aquasense import datasets
from tests.integration.cloud import Context, s3_event, sqs_event
from tests.support import csv
from tests.unit.test_datasets import OWN, another

TODAY = datetime.now(UTC).date()


@pytest.fixture
def watch(cloud, monkeypatch):
    """The watch function's module, working on this test's table."""
    handler = importlib.import_module("watch.handler")
    monkeypatch.setattr(handler, "config", cloud.config)
    return handler


@pytest.fixture
def measured(watch, capsys):
    """Run it; what it measured: {dataset or "": {metric: values}}."""

    def run():
        capsys.readouterr()
        watch.lambda_handler({}, Context())
        found = {}
        for line in capsys.readouterr().out.splitlines():
            content = json.loads(line)
            for directive in content.get("_aws", {}).get("CloudWatchMetrics", []):
                for metric in directive["Metrics"]:
                    name = metric["Name"]
                    found.setdefault(content.get("dataset", ""), {})[name] = content[name]
        return found

    return run


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def put(cloud, ingest, key, *days):
    cloud.put(key, csv(*(f"{day},15,0.1" for day in days)))
    ingest.lambda_handler(sqs_event(s3_event(cloud, (key, None))), Context())


def test_a_table_without_readings_measures_nothing(measured):
    assert measured() == {}


@pytest.mark.parametrize(("days", "silent"), [(0, 0), (16, 0), (17, 1)])
def test_more_days_than_the_parameter_are_too_many(cloud, ingest, measured, days, silent):
    put(cloud, ingest, "a.csv", days_ago(days + 7), days_ago(days))
    found = measured()
    assert found[""] == {"DaysSinceReading": [days], "SilentDatasets": [silent]}
    assert found["marmenor.temperature"] == {"DaysSinceReading": [days]}


def test_a_date_in_the_future_does_not_hide_the_silence(cloud, ingest, measured):
    # The last day of this month would be read with the month, the other one apart from it.
    last = (TODAY.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    put(cloud, ingest, "a.csv", days_ago(40), max(last, days_ago(-1)), days_ago(-900))
    assert measured()[""] == {"DaysSinceReading": [40], "SilentDatasets": [1]}


def test_a_withdrawn_reading_does_not_count(cloud, ingest, measured):
    put(cloud, ingest, "a.csv", days_ago(90))
    put(cloud, ingest, "b.csv", days_ago(1))
    assert measured()[""]["SilentDatasets"] == [0]
    cloud.s3.delete_object(Bucket=cloud.name, Key="b.csv")
    removed = s3_event(cloud, ("b.csv", None))
    removed["Records"][0]["eventName"] = "ObjectRemoved:DeleteMarkerCreated"
    ingest.lambda_handler(sqs_event(removed), Context())
    assert measured()[""] == {"DaysSinceReading": [90], "SilentDatasets": [1]}


def test_datasets_are_judged_by_their_own_number_of_days(
    cloud, ingest, watch, measured, monkeypatch, tmp_path
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
    found = measured()
    assert set(found) == {"", "marmenor.temperature", "marmenor.salinity"}
    assert found[""] == {"DaysSinceReading": [3, 50], "SilentDatasets": [0]}
