"""From a file in the bucket to the figures and the mail, through the deployed stack."""

import json
import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from aquasense.dates import Month
from aquasense.figures.registry import FIGURES
from aquasense.readings.versions import current_readings
from tests.e2e.conftest import wait_until
from tests.events import s3_event
from tests.support import ALERTING, SAMPLE, csv, of_month, versions_of

pytestmark = pytest.mark.e2e


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a file, and returns its path and key."""

    def write(key, content):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.csv"
        path.write_bytes(content)
        return path, key

    return write


def test_the_sample_becomes_the_figures_of_december_2022(system):
    (receipt,) = system.put((SAMPLE, "temperatura_1.csv"))
    assert (receipt.status, receipt.accepted, receipt.rejected) == ("incorporated", 20, 0)
    december = {"month": 12, "year": 2022}
    expected = {
        "temp": Decimal("15.374606476138302"),
        "sd": Decimal("0.406611695429108"),
        "maxdiff": Decimal("-4.48863557076381"),
    }
    answers = {name: system.get(f"/{name}", **december)[1]["value"] for name in expected}
    assert answers == expected
    assert system.get("/maxdiff", month=11, year=2022)[1]["value"] is None
    assert system.get("/temp", month=13, year=2022)[0] == 400
    status, problem = system.get("/temp", month=1, year=1902)
    assert (status, problem["available"]["last"]) == (404, "2023-03")


def test_an_alerting_file_uploaded_three_times_is_announced_once(system, file):
    def mails_about(day):
        return [mail for mail in system.cloud.mail() if day in mail["body"]]

    keys = ("alerta_inventada.csv", "alerta_inventada.csv", "marmenor.temperature/copia.csv")
    uploads = system.put(*((ALERTING, key) for key in keys))
    # Records are announced in order, so after this alert the earlier uploads are processed.
    system.put(file("otra.csv", csv("2001/8/1,29,0.75")))
    wait_until(lambda: mails_about("2001-08-01"))
    (mail,) = mails_about("2001-07-08")
    assert "2001-07-15" in mail["body"]
    assert "2001-07-01" not in mail["body"]
    assert "2 lecturas/readings > 0.5" in mail["subject"]
    # Files are ingested concurrently, so any of the three can be the one that is announced.
    assert mail["attributes"]["upload"] in {receipt.id for receipt in uploads}
    assert f"{system.api.url}/sd?month=7&year=2001" in mail["body"]


def random_history(chance, files, first, days):
    """Return overlapping files in upload order, and one sorted file with the final readings."""
    readings = {}
    contents = []
    for _ in range(files):
        chosen = chance.sample(range(days), k=days // 3)
        lines = []
        for offset in chosen:
            day = first + timedelta(days=offset)
            mean = f"{chance.randint(8, 30)}.{chance.randrange(10**15):015d}"
            deviation = f"0.{chance.randint(1000, 4999)}{chance.randrange(10**12):012d}"
            readings[day] = mean, deviation
            lines.append(f"{day.day}/{day.month}/{day.year},{mean},{deviation}")
        contents.append(csv(*lines))
    return contents, csv(*(",".join([str(day), *readings[day]]) for day in sorted(readings)))


def test_overlapping_files_with_repeated_events_give_the_figures_of_one_sorted_file(system, file):
    chance = random.Random(2)
    first, days = date(2010, 11, 1), 150
    contents, sorted_file = random_history(chance, 12, first, days)
    # Half of the files are versions of one key, the others have separate keys.
    receipts = system.put(
        *(
            file("parte.csv" if n % 2 else f"parte {n}.csv", content)
            for n, content in enumerate(contents)
        )
    )
    # S3 delivers notifications at least once and unordered: repeat them in reverse order.
    sqs, bucket = system.cloud.client("sqs"), system.cloud.outputs["RawBucketName"]
    for receipt in reversed(receipts):
        key = receipt.file.replace(" ", "+")
        sqs.send_message(
            QueueUrl=system.cloud.outputs["IngestQueueUrl"],
            MessageBody=json.dumps(s3_event(bucket, (key, receipt.version_id))),
        )
    wait_until(lambda: system.count_messages("IngestQueueUrl") == 0)

    readings = current_readings(versions_of(sorted_file, "1"))
    month = Month(first.year, first.month)
    months = []
    while own := of_month(readings, str(month)):
        previous = of_month(readings, str(month.previous()))
        for metric, figure in FIGURES.items():
            expected = figure.compute(own, previous).value
            status, body = system.get(f"/{metric}", month=month.month, year=month.year)
            assert (status, body["value"]) == (200, expected), (metric, str(month))
            assert body["coverage"]["readings"] == len(own)
        months.append(str(month))
        month = Month(month.year + month.month // 12, month.month % 12 + 1)
    assert months == ["2010-11", "2010-12", "2011-01", "2011-02", "2011-03"]


def test_uploading_the_first_file_again_reverts_a_correction(system, file):
    a, b = csv("2015/5/1,20.5,0.1"), csv("2015/5/1,21.5,0.2")
    system.put(file("a.csv", a), file("b.csv", b))
    assert system.get("/temp", month=5, year=2015)[1]["value"] == Decimal("21.5")
    system.put(file("a.csv", a))
    assert system.get("/temp", month=5, year=2015)[1]["value"] == Decimal("20.5")


def test_a_key_with_spaces_plus_and_accents(system, file):
    (receipt,) = system.put(
        file("marmenor.temperature/campaña 2016 + extra.csv", csv("2016/5/1,20.5,0.1"))
    )
    assert receipt.file == "marmenor.temperature/campaña 2016 + extra.csv"
    assert system.get("/temp", month=5, year=2016)[0] == 200


def test_bad_rows_and_files_are_rejected_without_a_retry(system, file):
    lines = ["2017/13/1,20,0.1", "2017/5/2,,0.1", "2017/5/3,warm,0.1", "2017/5/4,20,-0.1",
             "2017/5/5,20.5,0.1"]  # fmt: skip
    rows, *whole = system.put(
        file("rows.csv", csv(*lines)),
        file("empty.csv", b""),
        file("binary.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        file("headless.csv", b"2017/5/1,20,0.1\n"),
        file("no.such.dataset/a.csv", csv("2017/5/1,20,0.1")),
    )
    assert (rows.status, rows.accepted, rows.rejected) == ("incorporated", 1, 4)
    assert [(rejection.line, rejection.text) for rejection in rows.rejections] == [
        (line, "") for line in (2, 3, 4, 5)
    ]
    # The text is private: it is in the receipts bucket only.
    bucket, key = system.cloud.outputs["ReceiptsBucketName"], f"receipts/{rows.id}.json"
    private = json.load(system.cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"])
    assert [each["text"] for each in private["rejections"]] == lines[:4]
    assert all(rejection.reason for rejection in rows.rejections)
    assert [(receipt.status, receipt.code) for receipt in whole] == [
        ("rejected", "empty_file"),
        ("rejected", "binary_file"),
        ("rejected", "no_header"),
        ("rejected", "unknown_dataset"),
    ]
    assert system.get("/temp", month=5, year=2017)[1]["coverage"]["readings"] == 1
    wait_until(lambda: system.count_messages("IngestQueueUrl") == 0)
    assert system.count_messages("DeadLetterQueueUrl") == 0
