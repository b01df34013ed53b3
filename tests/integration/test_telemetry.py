"""What the functions measure and log, as CloudWatch gets it."""

import importlib
import json
import sys

import pytest

from adapters.s3 import ObjectStore
from tests.infrastructure.test_operations import OWN, used_metrics
from tests.integration.cloud import Context, s3_event, sqs_event, stream_event
from tests.support import ALERTING, csv, event

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")
WRONG = csv("1999/13/1,20,0.1", "1999/12/1,90,0.1")


@pytest.fixture
def run(cloud, ingest, notify, monkeypatch, capsys):
    """Call a function as it is deployed; the lines it writes, parsed."""
    handlers = {
        "ingest": ingest,
        "notify": notify,
        "watch": importlib.import_module("watch.handler"),
        "query": importlib.import_module("query.handler"),
    }
    telemetry = importlib.import_module("adapters.observability")
    metrics = telemetry.metrics
    for handler in handlers.values():
        monkeypatch.setattr(handler, "config", cloud.config)
    monkeypatch.setattr(ingest, "store", ObjectStore(cloud.s3, cloud.name))
    monkeypatch.setattr(metrics, "namespace", OWN)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", OWN)
    (stream,) = (one for one in telemetry.logger.handlers if one.formatter)
    monkeypatch.setattr(stream, "stream", stream.stream)

    def call(service, event, milliseconds=120_000):
        monkeypatch.setattr(metrics, "service", service)
        monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", service)
        capsys.readouterr()
        # The logger has held on to the output there was when it was made.
        stream.setStream(sys.stdout)
        handlers[service].lambda_handler(event, Context(milliseconds))
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return call


@pytest.fixture
def put(cloud, run):
    """Put a file and have it incorporated; the lines of that."""

    def put(key, content, **how):
        cloud.put(key, content)
        return run("ingest", sqs_event(s3_event(cloud, (key, None))), **how)

    return put


def measured(lines):
    """{(namespace, name, dimensions): values} of the lines that are metrics."""
    found = {}
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, line[name]) for name in names)
                for metric in directive["Metrics"]:
                    key = directive["Namespace"], metric["Name"], dimensions
                    found.setdefault(key, []).extend(line[metric["Name"]])
    return found


def values(lines):
    return {name: sum(found) for (_, name, _), found in measured(lines).items()}


def removed(cloud, key):
    cloud.s3.delete_object(Bucket=cloud.name, Key=key)
    event = s3_event(cloud, (key, None))
    event["Records"][0]["eventName"] = "ObjectRemoved:DeleteMarkerCreated"
    return sqs_event(event)


def test_what_alarms_watch_and_dashboards_show_is_measured_under_that_name(cloud, run, put):
    lines = put("a.csv", ALERTING.read_bytes())
    lines += put("no.such.dataset/a.csv", csv("1999/12/1,20,0.1"))
    lines += put("b.csv", csv("1999/12/2,20,0.1"), milliseconds=1)
    lines += run("ingest", sqs_event(s3_event(cloud, ("a.csv", None))))
    lines += run("ingest", removed(cloud, "a.csv"))
    lines += put("c.csv", csv("1999/12/2,20,0.1"))
    lines += run("notify", stream_event(*cloud.receipts()))
    lines += run("watch", {})
    found = measured(lines)
    assert {key for key in used_metrics() if not key[0].startswith("AWS/")} <= found.keys()
    # And the one that the dashboard searches for.
    service, dataset = ("service", "watch"), ("dataset", "marmenor.temperature")
    assert (OWN, "DaysSinceReading", frozenset({service, dataset})) in found


def test_rows_files_and_lag_are_counted(put):
    found = values(put("a.csv", WRONG))
    lag = found.pop("UploadLag")
    assert 0 <= lag < 60
    assert found == {
        "FilesIncorporated": 1,
        "RowsAccepted": 1,
        "RowsRejected": 1,
        "RowsFlagged": 1,
    }


def test_all_rows_that_look_wrong_are_counted_though_only_the_first_are_listed(put, monkeypatch):
    monkeypatch.setattr("aquasense.uploads.impact.LISTED_FLAGS", 2)
    lines = put("a.csv", csv(*[f"1999/12/{day},90,0.1" for day in range(1, 6)]))
    assert values(lines)["RowsFlagged"] == 5
    assert [line["flagged"] for line in lines if line.get("message") == "upload"] == [5]


def test_a_file_rejected_whole_is_counted_as_such(put):
    found = values(put("a.csv", b""))
    assert found["FilesRejected"] == 1
    assert "FilesIncorporated" not in found


def test_an_event_that_comes_twice_is_counted_once(cloud, run, put):
    put("a.csv", WRONG)
    assert values(run("ingest", sqs_event(s3_event(cloud, ("a.csv", None))))) == {
        "FilesRepeated": 1
    }


def test_a_withdrawal_is_counted_once(cloud, run, put):
    put("a.csv", WRONG)
    again = removed(cloud, "a.csv")
    assert values(run("ingest", again)) == {"FilesWithdrawn": 1}
    assert values(run("ingest", again)) == {}


def test_one_id_leads_from_the_upload_to_the_receipt_to_the_alert(cloud, run, put):
    lines = put("a.csv", ALERTING.read_bytes())
    (record,) = cloud.receipts()
    upload = record["sk"]["S"]
    lines += run("notify", stream_event(record))
    told = {line["message"]: line for line in lines if "message" in line}
    assert told.keys() == {"upload", "announced"}
    for line in told.values():
        assert line["correlation_id"] == upload
        assert line["key"] == "a.csv"
        assert line["dataset"] == "marmenor.temperature"
    receipt = cloud.s3.get_object(Bucket=cloud.name, Key=f"receipts/{upload}.json")
    assert json.load(receipt["Body"])["id"] == upload
    (mail,) = cloud.mails()
    assert mail["attributes"]["upload"] == upload
    assert upload in mail["body"]


def test_a_withdrawal_is_logged_under_the_upload_it_takes_back(cloud, run, put):
    put("a.csv", ALERTING.read_bytes())
    upload = cloud.receipts()[0]["sk"]["S"]
    (line,) = (one for one in run("ingest", removed(cloud, "a.csv")) if "message" in one)
    assert (line["message"], line["correlation_id"]) == ("withdrawn", upload)
    kinds = [item for item in cloud.items().values() if item.get("kind") == {"S": "withdrawal"}]
    lines = run("notify", stream_event(*kinds))
    assert {one["correlation_id"] for one in lines if "message" in one} == {upload}


def test_what_fails_within_a_batch_is_in_the_log_and_not_under_its_neighbours_id(
    cloud, run, monkeypatch, ingest
):
    cloud.put("a.csv", csv("1999/12/1,20,0.1"))
    nowhere = s3_event(cloud, ("b.csv", None))
    nowhere["Records"][0]["s3"]["bucket"]["name"] = "no-such-bucket"
    lines = run("ingest", sqs_event(s3_event(cloud, ("a.csv", None)), nowhere))
    (error,) = (line for line in lines if line.get("level") == "ERROR")
    assert error["key"] == "b.csv"
    assert "correlation_id" not in error
    assert "NoSuchBucket" in error["exception"]


def test_a_request_is_logged_under_the_id_that_the_gateway_gave_it(run):
    asked = event("http-api-get.json")
    asked["requestContext"]["http"]["method"] = "POST"
    (line,) = run("query", asked)
    assert (line["message"], line["status"]) == ("request", 405)
    assert line["correlation_id"] == asked["requestContext"]["requestId"]


def test_no_log_line_has_a_reading_or_a_line_of_the_file(put):
    for line in put("a.csv", WRONG):
        assert "1999/13/1" not in json.dumps(line)
