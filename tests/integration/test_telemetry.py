"""Metrics and log lines of the functions, as CloudWatch receives them."""

import importlib
import json
import sys
from dataclasses import replace

import pytest

from adapters.s3 import ObjectStore
from tests.events import Context, s3_event, sqs_event, stream_event
from tests.infrastructure.test_operations import OWN, used_metrics
from tests.integration.cloud import measured
from tests.support import ALERTING, csv, event

pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")
WRONG = csv("1999/13/1,20,0.1", "1999/12/1,90,0.1")


@pytest.fixture
def run(cloud, ingest, notify, monkeypatch, capsys):
    """Return a call that invokes a function and returns its parsed log lines."""
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
    (stream,) = (output for output in telemetry.logger.handlers if output.formatter)
    monkeypatch.setattr(stream, "stream", stream.stream)

    def call(service, event, milliseconds=120_000):
        monkeypatch.setattr(metrics, "service", service)
        monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", service)
        capsys.readouterr()
        # The logger keeps the stdout of its creation, which pytest has replaced.
        stream.setStream(sys.stdout)
        handlers[service].lambda_handler(event, Context(milliseconds))
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    yield call
    query = handlers["query"]
    query.runner.run(query.connections.aclose())
    query.runner.close()
    del sys.modules["query.handler"]


@pytest.fixture
def put(cloud, run):
    """Return a call that uploads and ingests a file and returns the log lines."""

    def put(key, content, **options):
        return run("ingest", sqs_event(cloud.put_event(key, content)), **options)

    return put


def values(lines):
    return {name: sum(series) for (_, name, _), series in measured(lines).items()}


def test_every_metric_of_alarms_and_dashboards_is_measured(cloud, run, put):
    lines = put("a.csv", ALERTING.read_bytes())
    lines += put("no.such.dataset/a.csv", csv("1999/12/1,20,0.1"))
    lines += put("b.csv", csv("1999/12/2,20,0.1"), milliseconds=1)
    lines += run("ingest", sqs_event(s3_event(cloud.name, ("a.csv", None))))
    lines += run("ingest", sqs_event(cloud.delete_event("a.csv")))
    lines += put("c.csv", csv("1999/12/2,20,0.1"))
    lines += run("notify", stream_event(*cloud.receipts()))
    lines += run("watch", {})
    metrics = measured(lines)
    assert {key for key in used_metrics() if not key[0].startswith("AWS/")} <= metrics.keys()
    # The dashboard searches for this one.
    service, dataset = ("service", "watch"), ("dataset", "marmenor.temperature")
    assert (OWN, "DaysSinceReading", frozenset({service, dataset})) in metrics


def test_rows_files_and_lag_are_counted(put):
    lines = put("a.csv", WRONG)
    # No log line has a line of the file.
    assert "1999/13/1" not in json.dumps(lines)
    counts = values(lines)
    lag = counts.pop("UploadLag")
    assert 0 <= lag < 60
    assert counts == {
        "FilesIncorporated": 1,
        "RowsAccepted": 1,
        "RowsRejected": 1,
        "RowsFlagged": 1,
    }


def test_flagged_rows_beyond_the_list_are_counted(put, monkeypatch):
    monkeypatch.setattr("aquasense.uploads.impact.LISTED_FLAGS", 2)
    lines = put("a.csv", csv(*[f"1999/12/{day},90,0.1" for day in range(1, 6)]))
    assert values(lines)["RowsFlagged"] == 5
    assert [line["flagged"] for line in lines if line.get("message") == "upload"] == [5]


def test_each_event_of_a_file_is_counted_once(cloud, run, put):
    counts = values(put("b.csv", b""))
    assert counts["FilesRejected"] == 1
    assert "FilesIncorporated" not in counts
    put("a.csv", WRONG)
    repeated = sqs_event(s3_event(cloud.name, ("a.csv", None)))
    assert values(run("ingest", repeated)) == {"FilesRepeated": 1}
    deletion = sqs_event(cloud.delete_event("a.csv"))
    assert values(run("ingest", deletion)) == {"FilesWithdrawn": 1}
    assert values(run("ingest", deletion)) == {}


def test_upload_receipt_and_alert_share_one_id(cloud, run, put):
    lines = put("a.csv", ALERTING.read_bytes())
    (record,) = cloud.receipts()
    upload = record["sk"]["S"]
    lines += run("notify", stream_event(record))
    by_message = {line["message"]: line for line in lines if "message" in line}
    assert by_message.keys() == {"upload", "announced"}
    for line in by_message.values():
        assert line["correlation_id"] == upload
        assert line["key"] == "a.csv"
        assert line["dataset"] == "marmenor.temperature"
    receipt = cloud.s3.get_object(Bucket=cloud.name, Key=f"receipts/{upload}.json")
    assert json.load(receipt["Body"])["id"] == upload
    (mail,) = cloud.mails()
    assert mail["attributes"]["upload"] == upload
    assert upload in mail["body"]


def test_a_withdrawal_is_logged_with_the_id_of_its_upload(cloud, run, put):
    put("a.csv", ALERTING.read_bytes())
    upload = cloud.receipts()[0]["sk"]["S"]
    (line,) = (
        line for line in run("ingest", sqs_event(cloud.delete_event("a.csv"))) if "message" in line
    )
    assert (line["message"], line["correlation_id"]) == ("withdrawn", upload)
    withdrawals = [
        item for item in cloud.items().values() if item.get("kind") == {"S": "withdrawal"}
    ]
    lines = run("notify", stream_event(*withdrawals))
    assert {line["correlation_id"] for line in lines if "message" in line} == {upload}


def test_a_failed_record_is_logged_without_the_id_of_another_record(
    cloud, run, monkeypatch, ingest
):
    put = cloud.put_event("a.csv", csv("1999/12/1,20,0.1"))
    lines = run("ingest", sqs_event(put, s3_event("no-such-bucket", ("b.csv", None))))
    (error,) = (line for line in lines if line.get("level") == "ERROR")
    assert error["key"] == "b.csv"
    assert "correlation_id" not in error
    assert "NoSuchBucket" in error["exception"]


def test_a_request_is_logged_with_the_request_id_of_the_gateway(run):
    request = event("http-api-get.json")
    request["requestContext"]["http"]["method"] = "POST"
    (line,) = run("query", request)
    assert (line["message"], line["status"]) == ("request", 405)
    assert line["correlation_id"] == request["requestContext"]["requestId"]


def test_no_log_line_has_text_of_a_file(cloud, run, put, ingest, monkeypatch):
    lines = put("a.csv", csv("1999/12/1,20,0.7", "Juana,2000,1"))
    lines += put("b.csv", b"Juana;2000\n")
    lines += run("notify", stream_event(*cloud.receipts()))
    request = event("http-api-get.json")
    for path in ("/uploads", f"/uploads/{cloud.receipts()[0]['sk']['S']}"):
        lines += run("query", request | {"rawPath": path, "rawQueryString": ""})
    # Nor has the exception of a failure, here while the rows are written.
    monkeypatch.setattr(ingest, "config", replace(cloud.config, table_name="no-such-table"))
    failing = cloud.put_event("c.csv", csv("1999/12/1,20,0.7", "Juana,2000,1"))
    lines += run("ingest", sqs_event(failing, {"Event": "s3:TestEvent"}))
    assert {line.get("code") for line in lines} >= {"", "no_header"}
    assert [line["level"] for line in lines if line.get("exception")] == ["ERROR"]
    assert "Juana" not in json.dumps(lines)
