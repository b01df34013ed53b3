"""The command purge on an emulated AWS API, where ingest and notify run at once."""

import io
import json
import time
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import simplejson
from click.testing import CliRunner

from adapters.s3 import ObjectStore
from cli import targets
from cli.console import Failure
from cli.data import purge
from cli.main import aquasense
from cli.maintain import differences
from tests.events import REGION, Context, stream_event
from tests.integration.cloud import s3_event
from tests.support import csv

# Some events publish no metric.
pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")

PAYROLL = csv("2022/1/5,10.12345,0.7", "2022/1/12,11,0.1", "Juana Pérez,2000,1")


class System:
    """A bucket, a table and a topic, and the functions that work on them.

    Attributes:
        delivers: whether the notifications of permanent deletions arrive.
    """

    def __init__(self, cloud, ingest, notify):
        self.cloud, self.ingest, self.notify = cloud, ingest, notify
        self.receipts = f"{cloud.name}-receipts"
        cloud.s3.create_bucket(
            Bucket=self.receipts, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self.delivers = True

    def put(self, key, content):
        # Two keys within one second have no order.
        time.sleep(1.01 - time.time() % 1)
        self.deliver("ObjectCreated:Put", key, self.cloud.put(key, content))

    def delete(self, key):
        marker = self.cloud.s3.delete_object(Bucket=self.cloud.name, Key=key)["VersionId"]
        self.deliver("ObjectRemoved:DeleteMarkerCreated", key, marker)

    def deliver(self, name, key, version_id):
        event = s3_event(
            self.cloud.name, (key, version_id), name=name, at=datetime.now(UTC).isoformat()
        )
        with redirect_stdout(io.StringIO()):
            self.ingest.lambda_handler(event, Context())
            self.announce()

    def announce(self):
        """Deliver the new receipts and withdrawals of the table's stream."""
        if images := self.cloud.new_events():
            self.notify.lambda_handler(stream_event(*images), Context())

    def get(self, path, **parameters):
        """Return the status and the text of an answer of the API."""
        status, _, body = self.cloud.request(path, params=parameters)
        return status, body.decode()

    def uploads(self):
        return json.loads(self.get("/uploads")[1])["uploads"]

    def texts(self):
        """Return everything that is stored in table and buckets, but the ledger and its marks."""
        items = [item for key, item in self.cloud.items().items()
                 if not key[0].startswith(("alerts#", "sent#"))]  # fmt: skip
        s3 = self.cloud.s3
        for name in (self.cloud.name, self.receipts):
            page = s3.list_object_versions(Bucket=name)
            items += [page.get("Versions"), page.get("DeleteMarkers")]
        return json.dumps(items, default=str, ensure_ascii=False)


@pytest.fixture
def system(cloud, ingest, notify, monkeypatch):
    system = System(cloud, ingest, notify)
    config = replace(cloud.config, receipts_bucket=system.receipts)
    monkeypatch.setattr(ingest, "store", ObjectStore(cloud.s3, system.receipts))
    outputs = {
        "RawBucketName": cloud.name, "ReceiptsBucketName": system.receipts,
        "TableName": cloud.name, "AlertTopicArn": cloud.topic_arn, "ThresholdInForce": "0.5",
    }  # fmt: skip
    target = targets.Target(cloud.name, REGION, cloud.endpoint, outputs)
    monkeypatch.setattr(targets, "find", lambda *_: target)
    monkeypatch.setattr(purge, "WAIT_SECONDS", 1.0)
    client = purge.s3_client(REGION, cloud.endpoint)
    requests = []

    def deliver(**_):
        request = requests[-1]
        if system.delivers and "VersionId" in request and request["Bucket"] == cloud.name:
            system.deliver("ObjectRemoved:Delete", request["Key"], request["VersionId"])

    events = client.meta.events
    events.register(
        "provide-client-params.s3.DeleteObject", lambda params, **_: requests.append(params)
    )
    events.register("after-call.s3.DeleteObject", deliver)
    monkeypatch.setattr(purge, "s3_client", lambda *_: client)
    system.config = config
    return system


@pytest.fixture
def run(system):
    """Return a function that runs a command: exit code or exception, stdout, stderr."""

    def invoke(*command, **options):
        result = CliRunner().invoke(aquasense, command, standalone_mode=False, **options)
        return result.exception or result.return_value, result.stdout, result.stderr

    return invoke


def test_a_purged_file_leaves_a_record_without_content(system, run):
    system.put("kept.csv", csv("2022/1/5,9.5,0.2", "2022/2/1,10.12345,0.3"))
    system.put("enero.csv", csv("2022/1/19,12,0.1"))
    system.put("enero.csv", PAYROLL)
    first, second = (entry["id"] for entry in system.uploads()[1::-1])
    assert json.loads(system.get(f"/uploads/{second}")[1])["changed"] == 1
    before = datetime.now(UTC).isoformat()
    assert "10.12345" in system.get("/readings", as_of=before)[1]

    code, out, err = run("purge", "--yes", second)
    assert (code, out) == (0, "purged        enero.csv: only records without content are left\n")
    assert "To be removed for good: 2 versions of the file, 2 receipts, 4 items of rows" in err
    assert "2022-01-05: mean 10.12345, deviation 0.7 -> mean 9.5, deviation 0.2" in err

    # The row that it had replaced counts again, and the past has only that, too.
    for parameters in ({}, {"as_of": before}):
        readings = json.loads(system.get("/readings", **parameters)[1])["readings"]
        assert [(reading["date"], str(reading["mean"])) for reading in readings] == [
            ("2022-01-05", "9.5"), ("2022-02-01", "10.12345")
        ]  # fmt: skip
        # The other row with this value is no repetition any more.
        assert readings[1]["flags"] == []
    for upload_id in (first, second):
        record = json.loads(system.get(f"/uploads/{upload_id}")[1])
        assert (record["file"], record["status"]) == ("enero.csv", "incorporated")
        assert record["purged_at"][:10] == record["withdrawn_at"][:10] == before[:10]
        assert (record["accepted"], record["rejections"], record["months"]) == (0, [], [])
        assert (record["first"], record["changed"], record["size"]) == (None, 0, 0)
    assert system.uploads()[2]["accepted"] == 2
    stored = system.texts()
    for text in ("Juana", "2022-01-12", "2022-01-19", '"11"', '"0.7"'):
        assert text not in stored
    (retracted,) = json.loads(system.get("/alerts")[1])["alerts"]
    assert (retracted["announced"]["kind"], retracted["announcements"]) == ("retracted", 1)
    assert not any('"0.7"' in json.dumps(item) for item in system.cloud.items().values())
    # The retraction of the alert was sent before its row was removed.
    alert, retraction = system.cloud.mails()
    assert alert["attributes"]["upload"] == second
    assert retraction["attributes"]["upload"].endswith(f"#{second}")
    assert differences.compare(system.cloud.bucket, system.config).agrees


def test_a_purge_can_be_repeated_and_removes_the_name(system, run):
    system.put("Juana Pérez.csv", PAYROLL)
    system.delete("Juana Pérez.csv")
    code, _, err = run("purge", "--yes", "Juana Pérez.csv")
    assert code == 0
    assert "were these uploads and when they were purged, with its name" in err
    assert "Juana" in system.texts()
    code, out, _ = run("purge", "--yes", "Juana Pérez.csv")
    assert code == 0
    assert out.startswith("Juana Pérez.csv was purged already, at 2")
    (record,) = system.uploads()
    code, out, _ = run("purge", "--yes", "--json", "--hide-name", record["id"])
    assert code == 0
    assert simplejson.loads(out)["uploads"] == [record["id"]]
    (hidden,) = system.uploads()
    assert hidden == record | {"file": "(purged)", "version_id": "(purged)"}
    assert "Juana" not in system.texts()
    assert run("show", record["id"])[1].startswith(
        "purged        (purged): its content was removed"
    )
    assert "purged" in run("list")[1]
    assert differences.compare(system.cloud.bucket, system.config).agrees
    failure, _, _ = run("purge", "--yes", "Juana Pérez.csv")
    assert str(failure).startswith("There is no file Juana Pérez.csv in the bucket")


def test_a_file_that_was_deleted_for_good_is_purged_by_its_upload(system, run):
    system.put("a.csv", PAYROLL)
    (upload,) = system.uploads()
    system.cloud.s3.delete_object(
        Bucket=system.cloud.name, Key="a.csv", VersionId=upload["version_id"]
    )
    system.deliver("ObjectRemoved:Delete", "a.csv", upload["version_id"])
    assert "10.12345" in system.texts()
    assert run("purge", "--yes", upload["id"])[0] == 0
    assert "10.12345" not in system.texts()


def test_rows_stay_until_the_withdrawal_is_recorded_and_the_text_does_not(system, run):
    system.put("a.csv", PAYROLL)
    (upload,) = system.uploads()
    system.delivers = False
    code, out, err = run("purge", "--yes", "a.csv")
    assert code == 1
    assert f"file and receipts are removed; upload {upload['id']} is not withdrawn" in out
    assert "Repeat the command" in err
    assert "10.12345" in system.texts()
    assert "Contents" not in system.cloud.s3.list_objects_v2(Bucket=system.receipts)
    system.deliver("ObjectRemoved:Delete", "a.csv", upload["version_id"])
    assert run("purge", "--yes", "a.csv")[0] == 0
    assert "10.12345" not in system.texts()


def test_a_version_that_is_not_ingested_is_deleted_and_reported(system, run):
    system.cloud.put("a.csv", PAYROLL)
    code, out, _ = run("purge", "--yes", "a.csv")
    assert code == 1
    assert "1 versions were not ingested yet" in out
    assert system.cloud.bucket.list_versions("a.csv") == []


def test_nothing_is_removed_without_a_yes(system, run):
    system.put("a.csv", PAYROLL)
    before = system.texts()
    failure, _, _ = run("purge", "a.csv")
    assert isinstance(failure, Failure)
    assert "Nobody can be asked here" in str(failure)
    failure, _, _ = run("purge", "--yes", "20260101T000000.000Z-0000-000000000000")
    assert str(failure).startswith("There is no upload 2026")
    assert system.texts() == before


def test_alerts_go_on_after_the_values_of_a_file_left_the_ledger(system, run):
    system.put("x.csv", csv("2022/1/5,9,0.6"))
    system.put("wrong.csv", csv("2022/1/5,10,0.9"))
    assert run("purge", "--yes", "wrong.csv")[0] == 0
    assert not any('"0.9"' in json.dumps(item) for item in system.cloud.items().values())
    # One for each file, and one that the first value counts again.
    assert len(system.cloud.mails()) == 3
    system.put("y.csv", csv("2022/1/5,9.5,0.6"))
    assert len(system.cloud.mails()) == 3
    system.put("z.csv", csv("2022/1/5,9.5,0.3"))
    (alert,) = json.loads(system.get("/alerts")[1])["alerts"]
    assert (len(system.cloud.mails()), alert["announced"]["kind"]) == (4, "retracted")


def test_the_comments_of_a_purged_file_of_reviews_are_gone(system, run):
    system.put("a.csv", csv("2022/1/5,10.12345,0.7", "2022/2/9,10.12345,0.2"))
    header = "date,mean,verdict,comment"
    key = "reviews/marmenor.temperature/r.csv"
    system.put(key, csv("2022-01-05,10.12345,bad,Juana said so", header=header))
    assert "Juana" in system.get("/readings")[1]
    assert json.loads(system.get("/temp", month="2", year="2022")[1])["flags"] == {}
    code, _, _ = run("purge", "--yes", key)
    assert code == 0
    assert "Juana" not in system.texts() + system.get("/readings")[1]
    assert all(
        "#?" not in sort_key and "=?" not in sort_key for _, sort_key in system.cloud.items()
    )
    # The reading counts again, and is a repeat again.
    figure = json.loads(system.get("/temp", month="2", year="2022")[1])
    assert figure["flags"] == {"2022-02-09": ["repeat:suspect:2022-01-05"]}
    assert differences.compare(system.cloud.bucket, system.config).agrees
