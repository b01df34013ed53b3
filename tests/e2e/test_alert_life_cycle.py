"""Each date above the threshold is announced once and, after a correction, retracted once."""

import random
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.e2e.conftest import wait_until
from tests.support import csv

pytestmark = pytest.mark.e2e

THRESHOLD = Decimal("0.5")
FIRST, WEEKS, FILES = date(1985, 1, 7), 420, 20
SENTINELS = (date(1950, 1, 1) + timedelta(days=n) for n in range(300))
LINE = re.compile(r"(?m)^  (\d{4}-\d{2}-\d{2})  (desviación|antes) ([\d.]+)")


class NewMails:
    """The mails sent since the object was created, parsed from their Spanish part."""

    def __init__(self, system):
        self._system = system
        self._before = {mail["attributes"]["upload"] for mail in system.cloud.mail()}

    def mails(self):
        """Return the new mails, without those about sentinels."""
        return [
            mail
            for mail in self._system.cloud.mail()
            if mail["attributes"]["upload"] not in self._before and ", 1950-" not in mail["subject"]
        ]

    def lines(self, word):
        """Return (date, upload id) of the announced ('desviación') or retracted ('antes') dates."""
        return [
            (day, mail["attributes"]["upload"])
            for mail in self.mails()
            for day, label, _ in LINE.findall(mail["body"].partition("-" * 72)[0])
            if label == word
        ]

    def dates(self, word):
        return sorted(day for day, _ in self.lines(word))


@pytest.fixture
def put(system, tmp_path):
    """Return a function that uploads {key: {date: deviation}} in order and waits for the alerts."""
    count = 0

    def upload(files):
        nonlocal count
        paths = []
        for key, rows in files.items():
            path = tmp_path / f"{count}.csv"
            count += 1
            path.write_bytes(csv(*(f"{day},20.5,{deviation}" for day, deviation in rows.items())))
            paths.append((path, key))
        receipts = system.put(*paths)
        assert {receipt.status for receipt in receipts} == {"incorporated"}
        wait_for_alerts(system, tmp_path)
        return receipts

    return upload


def wait_for_alerts(system, tmp_path):
    """Upload a sentinel and wait for its alert: events are announced in order."""
    path, day = tmp_path / "sentinel.csv", next(SENTINELS)
    path.write_bytes(csv(f"{day},20.5,0.75"))
    (receipt,) = system.put((path, f"sentinel {day}.csv"))

    def sentinel_announced():
        return any(mail["attributes"]["upload"] == receipt.id for mail in system.cloud.mail())

    wait_until(sentinel_announced)


def random_history(chance):
    """Return {date: deviation}, and the overlapping files with these: {key: {date: deviation}}."""
    days = [str(FIRST + timedelta(weeks=n)) for n in range(WEEKS)]
    deviations = {
        day: "0.5" if chance.random() < 0.02
        # As many dates above the threshold as in the real series, with as many digits.
        else f"0.{chance.randint(5, 9) if chance.random() < 0.1 else chance.randint(1, 4)}"
        f"{chance.randrange(10**15):015d}1"
        for day in days
    }  # fmt: skip
    files = {f"parte {n}.csv": set(chance.sample(days, WEEKS // 12)) for n in range(FILES)}
    for n, day in enumerate(days):
        # Each date is in at least one file.
        files[f"parte {n % FILES}.csv"].add(day)
    return deviations, {key: {day: deviations[day] for day in rows} for key, rows in files.items()}


def test_dates_are_announced_once_and_retracted_by_corrections_and_deletions(system, put, tmp_path):
    chance = random.Random(6)
    deviations, files = random_history(chance)
    above = sorted(day for day, deviation in deviations.items() if Decimal(deviation) > THRESHOLD)
    assert len(above) > 25
    keys = list(files)
    chance.shuffle(keys)

    new = NewMails(system)
    receipts = put({key: files[key] for key in keys})
    mails = new.mails()
    file_names = {receipt.id: receipt.file for receipt in receipts}
    # Each date above the threshold is announced once, by a file that contains it.
    assert new.dates("desviación") == above
    assert new.dates("antes") == []
    assert all(day in files[file_names[upload]] for day, upload in new.lines("desviación"))
    # At most one message for each file.
    senders = [mail["attributes"]["upload"] for mail in mails]
    assert len(senders) == len(set(senders)) <= FILES
    assert set(senders) <= file_names.keys()
    assert {mail["attributes"]["kind"] for mail in mails} == {"history"}
    assert {mail["attributes"]["dataset"] for mail in mails} == {"marmenor.temperature"}

    # The same files again, under their own and other names, are not announced.
    new = NewMails(system)
    put({keys[0]: files[keys[0]], f"copia de {keys[1]}": files[keys[1]]})
    assert new.dates("desviación") == new.dates("antes") == []

    # A correction: one date is no longer above the threshold, another has a different value above.
    new = NewMails(system)
    put({"corrección.csv": {above[0]: "0.5", above[1]: "0.987654321"}})
    (mail,) = [mail for mail in new.mails() if above[0] in mail["body"]]
    assert new.dates("antes") == above[:1]
    assert new.dates("desviación") == above[1:2]
    assert f"(antes {deviations[above[1]]})" in mail["body"]

    # A deleted file: dates that only this file contains are retracted.
    new = NewMails(system)
    keys_by_date = {day: [key for key in keys if day in files[key]] for day in above[2:]}
    alone = {date_keys[0] for date_keys in keys_by_date.values() if len(date_keys) == 1}
    deleted = next(key for key in keys[2:] if key in alone)
    only = [day for day, date_keys in keys_by_date.items() if date_keys == [deleted]]
    assert len(only) < sum(deleted in date_keys for date_keys in keys_by_date.values())
    system.cloud.client("s3").delete_object(
        Bucket=system.cloud.outputs["RawBucketName"], Key=deleted
    )
    wait_until(lambda: new.dates("antes"))
    wait_for_alerts(system, tmp_path)
    assert new.dates("antes") == only
    assert new.dates("desviación") == []

    # The dates announced and not retracted are those the API lists as above the threshold.
    standing = sorted(set(above) - {above[0], *only})
    until = FIRST + timedelta(weeks=WEEKS)
    status, body = system.get("/alerts", **{"from": FIRST, "to": until})
    assert status == 200
    assert [alert["date"] for alert in body["alerts"] if alert["above_threshold"]] == standing
