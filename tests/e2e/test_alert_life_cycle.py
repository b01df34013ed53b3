"""Alerts over the whole of it: every date above the threshold is told once, and taken back once."""

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


class Told:
    """What the mails about some files say, read from their Spanish part."""

    def __init__(self, system):
        self._system = system
        self._before = {self._id(mail) for mail in system.cloud.mail()}

    def mails(self):
        """Those that came since, without the sentinels' own."""
        return [
            mail
            for mail in self._system.cloud.mail()
            if self._id(mail) not in self._before and ", 1950-" not in mail["subject"]
        ]

    def lines(self, word):
        """(date, upload) of every line that announces ('desviación') or retracts ('antes')."""
        return [
            (day, self._id(mail))
            for mail in self.mails()
            for day, found, _ in LINE.findall(mail["body"].partition("-" * 72)[0])
            if found == word
        ]

    def dates(self, word):
        return sorted(day for day, _ in self.lines(word))

    @staticmethod
    def _id(mail):
        return mail["attributes"]["upload"]


@pytest.fixture
def put(system, tmp_path):
    """Put {key: {date: deviation}}, in that order, until alerts about all of it are out."""
    count = 0

    def made(files):
        nonlocal count
        paths = []
        for key, rows in files.items():
            path = tmp_path / f"{count}.csv"
            count += 1
            path.write_bytes(csv(*(f"{day},20.5,{deviation}" for day, deviation in rows.items())))
            paths.append((path, key))
        receipts = system.put(*paths)
        assert {receipt.status for receipt in receipts} == {"incorporated"}
        settle(system, tmp_path)
        return receipts

    return made


def settle(system, tmp_path):
    """Wait until all that happened so far has been looked at: events are told of in order."""
    path, day = tmp_path / "sentinel.csv", next(SENTINELS)
    path.write_bytes(csv(f"{day},20.5,0.75"))
    (receipt,) = system.put((path, f"sentinel {day}.csv"))

    def told():
        return any(mail["attributes"]["upload"] == receipt.id for mail in system.cloud.mail())

    wait_until(told)


def history(chance):
    """{key: {date: deviation}} of overlapping files that agree, as exports of one survey do."""
    days = [str(FIRST + timedelta(weeks=n)) for n in range(WEEKS)]
    said = {
        day: "0.5" if chance.random() < 0.02
        # About as often above the threshold as the real survey, and by as many digits.
        else f"0.{chance.randint(5, 9) if chance.random() < 0.1 else chance.randint(1, 4)}"
        f"{chance.randrange(10**15):015d}1"
        for day in days
    }  # fmt: skip
    files = {f"parte {n}.csv": set(chance.sample(days, WEEKS // 12)) for n in range(FILES)}
    for n, day in enumerate(days):
        # Nothing is in no file.
        files[f"parte {n % FILES}.csv"].add(day)
    return said, {key: {day: said[day] for day in rows} for key, rows in files.items()}


def test_a_history_in_twenty_files_is_told_once_and_corrections_and_deletions_are_taken_back(
    system, put, tmp_path
):
    chance = random.Random(6)
    said, files = history(chance)
    above = sorted(day for day, deviation in said.items() if Decimal(deviation) > THRESHOLD)
    assert len(above) > 25
    keys = list(files)
    chance.shuffle(keys)

    told = Told(system)
    receipts = put({key: files[key] for key in keys})
    mails = told.mails()
    of = {receipt.id: receipt.file for receipt in receipts}
    # Every date above the threshold, none of them twice, and by a file that has it.
    assert told.dates("desviación") == above
    assert told.dates("antes") == []
    assert all(day in files[of[upload]] for day, upload in told.lines("desviación"))
    # One message for a file that brings news, and not one more.
    senders = [mail["attributes"]["upload"] for mail in mails]
    assert len(senders) == len(set(senders)) <= FILES
    assert set(senders) <= of.keys()
    assert {mail["attributes"]["kind"] for mail in mails} == {"history"}
    assert {mail["attributes"]["dataset"] for mail in mails} == {"marmenor.temperature"}

    # The same files again, under their own and other names, are no news.
    told = Told(system)
    put({keys[0]: files[keys[0]], f"copia de {keys[1]}": files[keys[1]]})
    assert told.dates("desviación") == told.dates("antes") == []

    # A correction: one date comes back under the threshold, another one has another value above.
    told = Told(system)
    put({"corrección.csv": {above[0]: "0.5", above[1]: "0.987654321"}})
    (mail,) = [mail for mail in told.mails() if above[0] in mail["body"]]
    assert told.dates("antes") == above[:1]
    assert told.dates("desviación") == above[1:2]
    assert f"(antes {said[above[1]]})" in mail["body"]

    # A file deleted: what only it said is taken back, what others say as well stays.
    told = Told(system)
    said_by = {day: [key for key in keys if day in files[key]] for day in above[2:]}
    alone = {by[0] for by in said_by.values() if len(by) == 1}
    victim = next(key for key in keys[2:] if key in alone)
    only = [day for day, by in said_by.items() if by == [victim]]
    assert len(only) < sum(victim in by for by in said_by.values())
    system.cloud.client("s3").delete_object(
        Bucket=system.cloud.outputs["RawBucketName"], Key=victim
    )
    wait_until(lambda: told.dates("antes"))
    settle(system, tmp_path)
    assert told.dates("antes") == only
    assert told.dates("desviación") == []

    # Announced minus retracted is what is above the threshold now, by mail and by the API.
    standing = sorted(set(above) - {above[0], *only})
    until = FIRST + timedelta(weeks=WEEKS)
    status, found = system.ask("/alerts", **{"from": FIRST, "to": until})
    assert status == 200
    assert [one["date"] for one in found["alerts"] if one["above_threshold"]] == standing
