"""The deployed template on the emulator: concurrent files, and a message that always fails."""

import asyncio
import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.s3 import Bucket
from adapters.table import Table
from aquasense.readings.versions import current_readings
from cli.local.cloud import LocalCloud
from cli.maintain import redrive
from cli.process import free_port
from tests.e2e.conftest import System, set_credentials, wait_until
from tests.events import s3_event
from tests.support import csv

pytestmark = pytest.mark.faults
FILES = 20
RECEIVES = 5


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    cloud = LocalCloud(free_port(), tmp_path_factory.mktemp("deployed"))
    with cloud, pytest.MonkeyPatch.context() as patch:
        set_credentials(cloud, patch)
        cloud.deploy()
        yield System(cloud, None)


def readings(system, first, last):
    async def read():
        async with Table.open(system.config, 10) as table:
            return current_readings(await table.read_versions("marmenor.temperature", first, last))

    return asyncio.run(read())


@pytest.mark.parametrize("keys", ["one", "twenty"])
def test_twenty_concurrent_files_of_one_month(system, keys):
    bucket = system.bucket
    year = {"one": 2031, "twenty": 2032}[keys]
    chance = random.Random(year)
    contents = {}
    for number in range(FILES):
        days = sorted(chance.sample(range(1, 31), 8))
        # The mean identifies the file of a reading.
        rows = [f"{year}/6/{day},{number}.5,0.{9 if number == 7 else 1}" for day in days]
        key = "same.csv" if keys == "one" else f"file {number}.csv"
        contents[number] = key, days, csv(*rows)
    client = system.cloud.client("s3")

    def put(number):
        key, _, content = contents[number]
        return number, client.put_object(Bucket=bucket.name, Key=key, Body=content)["VersionId"]

    with ThreadPoolExecutor(FILES) as threads:
        versions = {version: number for number, version in threads.map(put, contents)}
    uploads = sorted(
        (
            stored.upload
            for key in {key for key, _, _ in contents.values()}
            for stored in bucket.list_versions(key)
        ),
        key=lambda upload: upload.id,
    )
    assert len(uploads) == FILES
    receipts = system.receipts(uploads)
    assert {receipt.accepted for receipt in receipts} == {8}

    expected = {}
    for upload in uploads:
        number = versions[upload.version_id]
        expected |= {f"{year}-06-{day:02d}": f"{number}.5" for day in contents[number][1]}
    current = readings(system, f"{year}-06-01", f"{year}-06-30")
    assert {reading.date: reading.mean for reading in current} == expected
    assert system.differences() == []
    # The current readings above the threshold are those of one file.
    above = {reading.date for reading in current if reading.deviation == "0.9"}
    wait_until(lambda: above == announced_dates(system, year), 30)


def announced_dates(system, year):
    """Return the dates that were announced and not retracted."""
    dates = set()
    for mail in system.cloud.mail():
        body = mail["body"].partition("-" * 72)[0]
        for line in body.splitlines():
            day = line.strip()[:10]
            if line.startswith("  ") and day.startswith(f"{year}-"):
                (dates.discard if "no supera" in line else dates.add)(day)
    return dates


def test_a_failing_message_becomes_a_dead_letter_and_can_be_redriven(system):
    sqs, s3, bucket = system.cloud.client("sqs"), system.cloud.client("s3"), system.bucket
    queue, dead = (system.cloud.outputs[n] for n in ("IngestQueueUrl", "DeadLetterQueueUrl"))
    missing = "aquasense-not-there-yet"
    receives = json.loads(
        sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["RedrivePolicy"])["Attributes"][
            "RedrivePolicy"
        ]
    )["maxReceiveCount"]
    assert int(receives) == RECEIVES
    # Retry after two seconds, so that the test does not have to wait longer.
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "2"})
    try:
        good = []
        for number in range(4):
            key = f"good {number}.csv"
            s3.put_object(Bucket=bucket.name, Key=key, Body=csv(f"2033/7/{number + 1},20,0.1"))
            good.append(bucket.find_version(key).upload)
        events = [s3_event(bucket.name, (upload.key, None)) for upload in good]
        events.insert(2, s3_event(missing, ("poison.csv", None)))
        sqs.send_message_batch(
            QueueUrl=queue,
            Entries=[
                {"Id": str(n), "MessageBody": json.dumps(event)} for n, event in enumerate(events)
            ],
        )
        assert [receipt.status for receipt in system.receipts(good)] == ["incorporated"] * 4
        assert system.count_messages("DeadLetterQueueUrl") == 0
        wait_until(lambda: system.count_messages("DeadLetterQueueUrl") == 1, 60)
        wait_until(lambda: system.count_messages("IngestQueueUrl") == 0, 30)

        # Correct the cause: create the bucket and upload the file.
        s3.create_bucket(
            Bucket=missing, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name}
        )
        s3.put_bucket_versioning(Bucket=missing, VersioningConfiguration={"Status": "Enabled"})
        s3.put_object(Bucket=missing, Key="poison.csv", Body=csv("2033/8/1,20,0.1"))
        assert redrive.redrive(sqs, dead, queue).files == 1
        upload = Bucket(s3, missing).find_version("poison.csv").upload
        (receipt,) = system.receipts([upload])
        assert receipt.accepted == 1
        assert system.count_messages("DeadLetterQueueUrl") == 0
    finally:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1440"})
