"""Rebuild repairs a table that was damaged in every way, and sends nothing."""

import asyncio
import copy
import importlib
import json
import random
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import batched

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from adapters.s3 import Bucket, ObjectStore
from adapters.single_table import SingleTable
from adapters.sns import Topic, sns_client
from aquasense import datasets
from cli import targets
from cli.main import aquasense
from cli.maintain import differences, rebuild
from ingest.ingester import Ingester
from tests.events import REGION, Context, s3_event, stream_event
from tests.integration.cloud import Cloud
from tests.support import csv

# `make test` runs the first FEW damages, and `make test-faults` the others.
FEW, ALL = 4, 40
OWN = ("alerts#", "sent#")
NOBODY = "20240101T000000.000Z-0000-000000000000"


class History:
    """A bucket with everything that can happen to a file, and the table that follows from it."""

    def __init__(self, endpoint, patch):
        self.cloud = cloud = Cloud(endpoint)
        receipts = f"{cloud.name}-receipts"
        cloud.s3.create_bucket(
            Bucket=receipts, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self.config = replace(cloud.config, receipts_bucket=receipts)
        self._ingest, self._notify = map(
            importlib.import_module, ("ingest.handler", "notify.handler")
        )
        for handler in (self._ingest, self._notify):
            patch.setattr(handler, "config", self.config)
        patch.setattr(self._ingest, "s3", cloud.s3)
        patch.setattr(self._ingest, "store", ObjectStore(cloud.s3, receipts))
        topic = Topic(sns_client(REGION, endpoint), cloud.topic_arn)
        patch.setattr(self._notify, "topic", topic)
        self._last_key = ""
        self._act()
        self.items = cloud.items()
        self.projection = select(self.items, own=False)
        self.receipts = self.read_receipts()
        self.mails = cloud.mails()

    def _act(self):
        put, cloud = self._put, self.cloud
        put("a.csv", csv("2022/12/1,15.5,0.75", "2022/12/8,16,0.1", "2023/1/5,14.54321,0.2"))
        put("b.csv", csv("2022/12/1,15.6,0.3", "2023/2/1,14.54321,0.6"))
        put("with rejections.csv", csv("2023/3/1,13,0.4", "2023/3/8,x,1", "2023/3/9,1,-1"))
        put("marmenor.salinity/s.csv", csv("2023/3/1,45,0.4"))
        put("empty.csv", b"")
        put("header.csv", b"Juana,1,1\n")
        put("nowhere/a.csv", csv("2023/3/1,13,0.4"))
        put("withdrawn.csv", csv("2022/12/8,19,0.9", "2023/5/1,20,0.7"))
        self._delete("withdrawn.csv")
        put("withdrawn.csv", csv("2023/5/8,20.5,0.1"))
        put("a.csv", csv("2022/12/1,15.5,0.75", "2022/12/8,16,0.1"))
        self._review()
        self.gone = put("gone.csv", csv("2021/7/1,25,0.8", "2021/8/1,14.54321,0.1", "x,1,1"))
        self._delete("gone.csv")
        cloud.s3.delete_object(Bucket=cloud.name, Key="gone.csv", VersionId=self.gone)
        self._deliver("ObjectRemoved:Delete", "gone.csv", self.gone)

    def _review(self):
        """Review readings, one of which shares a value with others; take a review back."""
        header = "date,mean,verdict,comment"
        self._put("reviews/a.csv", csv("2023-02-01,14.54321,bad,copied", header=header))
        self._put("reviews/b.csv", csv("2022-12-08,16.0,good,checked", "x", header=header))
        self._delete("reviews/b.csv")

    def _put(self, key, content):
        self._wait_for_next_second(key)
        version = self.cloud.put(key, content)
        self._deliver("ObjectCreated:Put", key, version)
        return version

    def _delete(self, key):
        self._wait_for_next_second(key)
        marker = self.cloud.s3.delete_object(Bucket=self.cloud.name, Key=key)["VersionId"]
        self._deliver("ObjectRemoved:DeleteMarkerCreated", key, marker)

    def _wait_for_next_second(self, key):
        """Wait, because two keys within one second have no order."""
        if key != self._last_key:
            time.sleep(1.01 - time.time() % 1)
        self._last_key = key

    def _deliver(self, name, key, version):
        """Ingest one event, and announce what it added."""
        now = datetime.now(UTC).isoformat()
        event = s3_event(self.cloud.name, (key, version), name=name, at=now)
        self._ingest.lambda_handler(event, Context())
        self.announce()

    def announce(self):
        self._notify.lambda_handler(stream_event(*self.cloud.new_events()), Context())

    def announce_again(self):
        """Announce everything, as the stream does with items that are new in the table."""
        self.cloud.repeat_events()
        self.announce()

    def read_receipts(self):
        """Return the receipts in their bucket."""
        name = self.config.receipts_bucket
        listed = self.cloud.s3.list_objects_v2(Bucket=name).get("Contents", [])
        return {
            entry["Key"]: json.loads(
                self.cloud.s3.get_object(Bucket=name, Key=entry["Key"])["Body"].read()
            )
            for entry in listed
        }

    def restore(self):
        """Put back the table as it was."""
        items = self.cloud.items()
        requests = [
            {"PutRequest": {"Item": item}}
            for key, item in self.items.items()
            if items.get(key) != item
        ]
        requests += [
            {"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}}
            for pk, sk in items.keys() - self.items.keys()
        ]
        for batch in batched(requests, 25, strict=False):
            self.cloud.dynamodb.batch_write_item(RequestItems={self.cloud.name: list(batch)})

    def remove(self, key):
        self.cloud.dynamodb.delete_item(
            TableName=self.cloud.name, Key={"pk": {"S": key[0]}, "sk": {"S": key[1]}}
        )

    def write(self, item):
        self.cloud.dynamodb.put_item(TableName=self.cloud.name, Item=item)

    def compare(self):
        return differences.compare(self.cloud.bucket, self.config)

    def repair(self):
        comparison = self.compare()
        asyncio.run(rebuild.repair(self.config, self.cloud.bucket, comparison, remove=True))


@pytest.fixture(scope="module")
def history(endpoint):
    with pytest.MonkeyPatch.context() as patch:
        yield History(endpoint, patch)


def kind_of(key):
    """Return the kind of an item by its key."""
    if key[0].startswith("uploads#"):
        return "withdrawal" if "#" in key[1] else "receipt"
    if key[0].endswith("#months"):
        return "month"
    if "#=" in key[1]:
        return "copy"
    if key[1].endswith("#!"):
        return "review"
    return "tombstone" if key[1].count("#") == 2 else "version"


def test_the_history_has_every_kind_of_item(history):
    assert {kind_of(key) for key in history.projection} == {
        "receipt", "withdrawal", "month", "tombstone", "version", "copy", "review",
    }  # fmt: skip
    assert any(key[0].startswith("alerts#") for key in history.items)
    assert len(history.mails) >= 3
    assert history.compare().agrees


def damage(history, chance):
    """Delete, alter and add items at random, without those that only a deleted file had."""
    projection = sorted(history.projection)
    gone = next(
        item["sk"]["S"] for item in history.items.values()
        if item.get("version_id", {}).get("S") == history.gone
    )  # fmt: skip
    gone_deletions = {
        key[1].partition("#")[0] for key in projection
        if kind_of(key) == "withdrawal" and key[1].endswith(gone)
    }  # fmt: skip
    # Either its tombstones or its withdrawals can be restored, from the others.
    lost = chance.choice(("tombstone", "withdrawal"))
    assert len(gone_deletions) == 2
    rate = chance.choice((0.1, 0.5, 1))
    for key in projection:
        if gone in key[1] and kind_of(key) not in (lost, "copy"):
            continue
        action = chance.random()
        if action < rate:
            history.remove(key)
        elif action < rate + 0.2 and gone not in key[1]:
            history.write(alter(history.items[key], chance))
    for item in foreign_items(history, gone, chance):
        history.write(item)
    for key in history.read_receipts():
        if chance.random() < rate / 2 and gone not in key:
            history.cloud.s3.delete_object(Bucket=history.config.receipts_bucket, Key=key)


def alter(item, chance):
    item = dict(item)
    # Receipts keep their original reasons and the reasons' parameters.
    names = sorted(set(item) - {"pk", "sk", "kind", "reason", "parameters", "rejections"})
    action = chance.choice(("change", "drop", "add")) if names else "add"
    if action == "add":
        return item | {"surplus": {"S": "x"}}
    name = chance.choice(names)
    if action == "drop":
        del item[name]
        return item
    return item | {name: {"N": "98"} if "N" in item[name] else {"S": "98"}}


def foreign_items(history, gone, chance):
    def item(pk, sk, **members):
        return {"pk": {"S": pk}, "sk": {"S": sk}} | {n: {"S": v} for n, v in members.items()}

    receipts = {key[1] for key in history.projection if kind_of(key) == "receipt"}
    real = chance.choice(sorted(receipts - {gone}))
    series = "marmenor.temperature"
    row = {"mean": "99", "deviation": "9", "file": "a.csv"}
    every = [
        item(f"{series}#2022", "2022-12-01#~nobody", **row),
        item(f"{series}#2022", f"2022-12-01#{NOBODY}", **row) | {"line": {"N": "1"}},
        item(f"{series}#2022", f"2022-12-31#{real}", **row) | {"line": {"N": "1"}},
        item(f"{series}#2022", f"2022-12-31#{gone}", **row) | {"line": {"N": "1"}},
        item(f"{series}#2022", f"2022-12-08#{NOBODY}#{NOBODY}"),
        item(f"{series}#2022", f"2022-12-08#{real}#{NOBODY}"),
        item(f"{series}#months", "1999-01"),
        item("other.series#2020", f"2020-01-01#{NOBODY}", **row),
        item("uploads#2024", NOBODY, kind="upload", file="nobody.csv", id=NOBODY),
        item("uploads#2024", f"{NOBODY}#{real}", kind="withdrawal", upload=real, file="a.csv"),
        item("something", "else"),
    ]
    return chance.sample(every, chance.randint(1, len(every)))


def select(items, own):
    return {key: item for key, item in items.items() if key[0].startswith(OWN) is own}


def check(history, seed):
    history.restore()
    damage(history, random.Random(seed))
    assert not history.compare().agrees
    history.repair()
    assert history.compare().agrees
    items = history.cloud.items()
    assert select(items, own=False) == history.projection
    assert select(items, own=True) == select(history.items, own=True)
    assert history.read_receipts().keys() == history.receipts.keys()
    history.announce_again()
    assert history.cloud.mails() == history.mails


@pytest.mark.parametrize("seed", range(FEW))
def test_a_damaged_table_is_as_before(history, seed):
    check(history, seed)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(FEW, ALL))
def test_a_table_with_other_damage_is_as_before(history, seed):
    check(history, seed)


def ledger(items):
    """Return the ledger without its times and without files that are deleted for good."""
    return {
        key: {name: value for name, value in item.items() if name != "at"}
        for key, item in items.items()
        if key[0].startswith("alerts#") and not key[1].startswith("2021-")
    }


def stop_after(count):
    """Return a method that writes a number of items, and then fails."""
    replace_item, calls = SingleTable.replace_item, iter(range(count))

    async def replace_some(self, item):
        if next(calls, None) is None:
            raise ConnectionError
        await replace_item(self, item)

    return replace_some


@pytest.mark.parametrize("stops", [[], [1], [4, 2], [9]])
def test_a_lost_table_is_rebuilt_with_its_ledger_and_without_mails(history, monkeypatch, stops):
    history.restore()
    for key in history.items:
        history.remove(key)
    for key in history.read_receipts():
        history.cloud.s3.delete_object(Bucket=history.config.receipts_bucket, Key=key)
    for stop in stops:
        with monkeypatch.context() as patch:
            patch.setattr(SingleTable, "replace_item", stop_after(stop))
            with pytest.raises(ConnectionError):
                history.repair()
    history.repair()
    assert history.compare().agrees
    items = history.cloud.items()
    # What only the deleted object version had cannot come back.
    kept = {
        key: item for key, item in history.projection.items()
        if "2021-" not in key[1] and item.get("file") != {"S": "gone.csv"}
    }  # fmt: skip
    assert select(items, own=False) == kept
    assert ledger(items) == ledger(history.items)
    members = {name: body for name, body in history.receipts.items() if body["file"] != "gone.csv"}
    assert history.read_receipts() == members
    history.announce_again()
    assert history.cloud.mails() == history.mails


def test_an_upload_that_arrives_during_the_comparison_is_no_difference(history, monkeypatch):
    history.restore()
    read_table = differences.read_table

    def read_later(config):
        history.cloud.put("meanwhile.csv", csv("2020/6/1,20,0.1"))
        stored = history.cloud.bucket.find_version("meanwhile.csv")

        registered = datasets.load_datasets(config.alert_threshold)

        async def ingest(table):
            bucket = history.cloud.bucket
            await Ingester(bucket, table, None, registered, config.limits).ingest_upload(
                stored.upload
            )

        history.cloud.with_table(ingest)
        return read_table(config)

    with monkeypatch.context() as patch:
        patch.setattr(differences, "read_table", read_later)
        assert history.compare().differences == []
    for version in history.cloud.bucket.list_versions("meanwhile.csv"):
        history.cloud.s3.delete_object(
            Bucket=history.cloud.name, Key="meanwhile.csv", VersionId=version.upload.version_id
        )


def fail(operation):
    response = {"Error": {"Code": "500"}, "ResponseMetadata": {"HTTPStatusCode": 500}}
    raise ClientError(response, operation)


class FailingBucket(Bucket):
    """A bucket that cannot list keys after b.csv, nor the versions of b.csv."""

    def list_keys(self, page_size=1000):
        for key in super().list_keys(page_size):
            yield key
            if key == "b.csv":
                fail("ListObjectVersions")

    def list_versions(self, key):
        return fail("ListObjectVersions") if key == "b.csv" else super().list_versions(key)


def test_keys_that_cannot_be_listed_do_not_hide_other_differences(history):
    history.restore()
    lost = next(k for k, i in history.items.items() if i.get("file") == {"S": "empty.csv"})
    row = next(
        key for key, item in history.projection.items()
        if kind_of(key) == "version" and item["file"] == {"S": "with rejections.csv"}
    )  # fmt: skip
    for key in (lost, row):
        history.remove(key)
    history.write({"pk": {"S": "something"}, "sk": {"S": "else"}})
    bucket = FailingBucket(history.cloud.s3, history.cloud.name)
    comparison = differences.compare(bucket, history.config)
    # empty.csv is after b.csv, and the table no longer has it. Nothing is foreign for certain.
    assert [difference.key for difference in comparison.differences] == [row]
    assert comparison.listing.last_key == "b.csv"
    assert set(comparison.listing.errors) == {"b.csv"}
    assert not comparison.agrees


@pytest.fixture
def run(history, monkeypatch):
    """Return a function that runs a command on the history's cloud."""
    cloud = history.cloud
    queue = cloud.sqs.create_queue(QueueName=f"{cloud.name}-ingest")["QueueUrl"]
    outputs = {
        "TableName": cloud.name, "RawBucketName": cloud.name,
        "ReceiptsBucketName": history.config.receipts_bucket, "AlertTopicArn": cloud.topic_arn,
        "ThresholdInForce": "0.5", "IngestQueueUrl": queue,
    }  # fmt: skip
    target = targets.Target("stack", REGION, cloud.endpoint, outputs)
    monkeypatch.setattr(targets, "find", lambda *_: target)

    def invoke(*arguments, **options):
        result = CliRunner().invoke(aquasense, arguments, standalone_mode=False, **options)
        if result.exception:
            raise result.exception
        return result.return_value, result.stdout, result.stderr

    return invoke


def test_the_commands_name_the_repair_and_keep_foreign_items_unless_confirmed(history, run):
    history.restore()
    version, month = (
        next(key for key in history.projection if kind_of(key) == kind and key[1] > "2022")
        for kind in ("version", "month")
    )
    history.remove(version)
    history.write(history.items[month] | {"surplus": {"S": "x"}})
    foreign = ("something", "else")
    history.write({"pk": {"S": foreign[0]}, "sk": {"S": foreign[1]}})
    code, out, err = run("verify", "--cloud-port", "4567")
    assert code == 1
    assert out.splitlines() == sorted(out.splitlines(), key=lambda line: line.split(": ")[1])
    assert f"missing in the table: {' '.join(version)}\n" in out
    assert "not in the bucket: something else\n" in out
    assert (
        "3 differences (1 missing in the table, 1 different, 1 not in the bucket)\n"
        "To repair the table: ./aquasense rebuild --cloud-port 4567\n"
    ) in err
    code, out, _ = run("verify", "--json", "--env", "dev")
    report = json.loads(out)
    assert code == 1
    assert report["counts"] == {"missing": 1, "different": 1, "foreign": 1}
    assert report["repair"] == "./aquasense rebuild --env dev"
    assert [difference["kind"] for difference in report["differences"]] == [
        difference.kind for difference in history.compare().differences
    ]

    code, out, err = run("rebuild")
    assert code == 1
    assert "2 items written, 0 removed\n" in out
    assert "not in the bucket: something else\n" in err
    assert "add --yes" in err
    assert [difference.key for difference in history.compare().differences] == [foreign]
    code, out, _ = run("rebuild", "--yes", "--json")
    report = json.loads(out)
    assert (code, report["written"], report["removed"], report["kept"]) == (0, 0, 1, 0)
    assert select(history.cloud.items(), own=False) == history.projection
    assert "nothing to repair" in run("rebuild")[1]
    assert run("verify")[0] == 0


def test_rebuild_removes_the_texts_that_earlier_releases_stored(history, run):
    history.restore()
    receipts = {item["file"]["S"]: item for key, item in history.items.items()
                if kind_of(key) == "receipt"}  # fmt: skip
    for file in ("with rejections.csv", "gone.csv"):
        item = copy.deepcopy(receipts[file])
        for entry in item["rejections"]["L"]:
            entry["M"]["text"] = {"S": "Juana,1,1"}
            del entry["M"]["parameters"]
        history.write(item)
    header = receipts["header.csv"] | {"reason": {"S": "it is 'Juana,1,1'"}}
    del header["parameters"]
    history.write(header)
    code, out, err = run("verify")
    assert code == 1
    assert out.count("different: ") == 3
    assert "Juana" not in out + err
    assert "3 items written" in run("rebuild")[1]
    assert select(history.cloud.items(), own=False) == history.projection
    assert run("verify")[0] == 0
    stored = history.read_receipts()
    by_file = {receipt["file"]: receipt for receipt in stored.values()}
    assert by_file["with rejections.csv"]["rejections"][0]["text"] == "2023/3/8,x,1"
    assert "it is 'Juana,1,1'" in by_file["header.csv"]["reason"]
    assert "gone.csv" not in by_file


def test_verify_says_that_missing_files_may_be_waiting(history, run):
    history.restore()
    receipt = next(key for key in history.projection if kind_of(key) == "receipt")
    history.remove(receipt)
    assert "waiting in the queue" not in run("verify")[2]
    history.cloud.sqs.send_message(
        QueueUrl=history.cloud.sqs.get_queue_url(QueueName=f"{history.cloud.name}-ingest")[
            "QueueUrl"
        ],
        MessageBody="{}",
    )
    assert "waiting in the queue: 1." in run("verify")[2]
    assert "waiting in the queue: 1." in run("rebuild")[2]
    assert run("verify")[0] == 0
