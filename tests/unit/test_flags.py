"""When a reading looks wrong."""

import asyncio
import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aquasense.alerting import exceedances
from aquasense.datasets import Datasets
from aquasense.dates import Month
from aquasense.figures.registry import FIGURES
from aquasense.quality import flags
from query.http import Request
from query.service import Service
from tests.support import ORDER, TEMPERATURE, readings, version

LIMITS = TEMPERATURE.limits
HAIR = "0" * 40 + "1"
FIRST, SECOND = "20240101T000000.000Z", "20240201T000000.000Z"
DELETED = "20240301T000000.000Z"


@pytest.mark.parametrize(
    ("day", "verdict"),
    [
        ("2026-11-22", "pass"),
        # Where the day has begun that has not in UTC.
        ("2026-11-24", "pass"),
        ("2026-11-25", "fail"),
        ("2032-11-20", "fail"),
    ],
)
def test_a_reading_cannot_be_of_a_day_that_had_not_come_when_it_was_uploaded(day, verdict):
    [verdicts] = flags.evaluate([version(day, order=ORDER)], LIMITS).values()
    assert verdicts["timing"] == verdict
    assert ("timing:fail" in flags.list_flags(verdicts)) == (verdict == "fail")


@pytest.mark.parametrize(
    ("mean", "verdict"),
    [
        ("14", "pass"),
        (f"14.{HAIR}", "suspect"),
        ("18", "suspect"),
        (f"18.{HAIR}", "fail"),
        (f"5.{'9' * 41}", "suspect"),
        ("6", "pass"),
    ],
)
def test_a_spike_is_compared_with_every_digit(mean, verdict):
    around = readings(("2022-12-01", "10"), ("2022-12-08", mean), ("2022-12-15", "10"))
    assert flags.evaluate(around, LIMITS)["2022-12-08"]["spike"] == verdict


@pytest.mark.parametrize(
    ("mean", "verdict"), [("17", "pass"), (f"17.{HAIR}", "suspect"), (f"2.{'9' * 41}", "suspect")]
)
def test_a_rate_of_change_is_compared_with_every_digit(mean, verdict):
    around = readings(("2022-12-01", "10"), ("2022-12-08", mean))
    assert flags.evaluate(around, LIMITS)["2022-12-08"]["rate_of_change"] == verdict


means = st.from_regex(r"-?[0-9]{1,2}\.[0-9]{0,3}(0{30}[0-9]{1,2})?", fullmatch=True)


@given(means, means, means, st.integers(1, 21))
def test_verdicts_are_those_of_exact_fractions(before, mean, after, days):
    first = date(2022, 12, 1)
    dates = [(first + timedelta(days=number * days)).isoformat() for number in range(3)]
    around = readings(*zip(dates, (before, mean, after), strict=True))
    found = flags.evaluate(around, LIMITS)[dates[1]]
    low, own, high = (Fraction(one) for one in (before, mean, after))
    distance = abs(own - (low + high) / 2)
    spike = "fail" if distance > 8 else "suspect" if distance > 4 else "pass"
    rate = "suspect" if abs(own - low) / days > 1 else "pass"
    assert (found["spike"], found["rate_of_change"]) == (spike, rate)


def test_by_how_much_a_reading_is_above_a_threshold_has_every_digit():
    over = version("2022-12-01", deviation="0.612345678901234567890123456789012345")
    found = exceedances.exceedance_members(over, Decimal("0.5"))
    assert str(found["above_by"]) == "0.112345678901234567890123456789012345"


@pytest.mark.parametrize(
    ("near", "reach"),
    [
        (0, ("2022-12-01", "2022-12-31")),
        (21, ("2022-11-10", "2023-01-21")),
        (10**9, ("1900-01-01", "2100-12-31")),
    ],
)
def test_what_decides_reaches_as_far_as_readings_are_compared(near, reach):
    limit = replace(LIMITS, gap_suspect_days=near)
    assert flags.required_range(date(2022, 12, 1), date(2022, 12, 31), limit) == reach


class Kept:
    """A table with these versions."""

    def __init__(self, versions):
        self.kept = versions

    async def read_versions(self, _dataset, first, last, **_):
        return [one for one in self.kept if first <= one.date <= last]


@st.composite
def histories(draw):
    """A series over two New Years, surveyed at any pace, with corrections and withdrawals."""
    days = draw(st.lists(st.sampled_from([1, 6, 7, 7, 8, 14, 20, 21, 22, 35, 60]), min_size=5))
    day = date(2020, 12, 1) + timedelta(days=draw(st.integers(0, 60)))
    found = []
    for step in days:
        day += timedelta(days=step)
        for order in draw(st.sampled_from([[FIRST], [SECOND], [FIRST, SECOND]])):
            mean = draw(st.sampled_from(["15", "15", "15", "19.5", "24", "41"]))
            gone = draw(st.sampled_from(["", "", "", DELETED]))
            found.append(version(day.isoformat(), mean, order=order)._replace(deletion_id=gone))
    return found


@settings(max_examples=60, deadline=None)
@given(
    histories(),
    st.sampled_from([7, 21, 45, 400]),
    st.sampled_from([None, "2024-01-15", "2024-02-15"]),
)
def test_a_figures_flags_are_those_of_the_same_readings_in_the_list(versions, near, as_of):
    dataset = replace(TEMPERATURE, limits=replace(LIMITS, gap_suspect_days=near))
    service = Service(Kept(versions), Datasets({dataset.name: dataset}, dataset))
    moment = {"as_of": as_of} if as_of else {}

    def ask(path, **parameters):
        request = Request("GET", path, list((moment | parameters).items()))
        answer = asyncio.run(service.get(request))
        return answer.status, json.loads(answer.content())

    _, found = ask("/readings")
    listed = {row["date"]: (row["flags"], row["tests"]) for row in found["readings"]}
    for month in sorted({day[:7] for day in listed}):
        of = {"year": month[:4], "month": str(int(month[5:]))}
        before = str(Month.of(month).previous())
        for metric, figure in FIGURES.items():
            used = (before, month) if figure.needs_previous_month else (month,)
            expected = {day: both for day, both in listed.items() if day.startswith(used)}
            flagged = {day: both[0] for day, both in expected.items() if both[0]}
            assert ask(f"/{metric}", **of)[1]["flags"] == flagged
            _, explained = ask(f"/{metric}", **of, explain="1")
            assert explained["flags"] == flagged
            rows = {row["date"]: (row["flags"], row["tests"]) for row in explained["rows"]}
            assert rows == expected
