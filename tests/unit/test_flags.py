"""The verdicts and the flags of readings, in all answers."""

import asyncio
import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aquasense.datasets import Datasets
from aquasense.dates import Month
from aquasense.figures.registry import FIGURES
from aquasense.quality import flags
from query.http import Request
from query.service import Service
from tests.conftest import times_examples
from tests.support import TEMPERATURE, UPLOAD_ID, readings, version

LIMITS = TEMPERATURE.limits
HAIR = "0" * 40 + "1"
FIRST, SECOND = "20240101T000000.000Z", "20240201T000000.000Z"
DELETED = "20240301T000000.000Z"


@pytest.mark.parametrize(
    ("day", "verdict"),
    [
        ("2026-11-22", "pass"),
        # The day begins earlier east of UTC.
        ("2026-11-24", "pass"),
        ("2026-11-25", "fail"),
        ("2032-11-20", "fail"),
    ],
)
def test_a_date_later_than_the_day_after_the_upload_fails(day, verdict):
    [verdicts] = flags.evaluate([version(day, upload_id=UPLOAD_ID)], LIMITS).values()
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
    series = readings(("2022-12-01", "10"), ("2022-12-08", mean), ("2022-12-15", "10"))
    assert flags.evaluate(series, LIMITS)["2022-12-08"]["spike"] == verdict


@pytest.mark.parametrize(
    ("mean", "verdict"), [("17", "pass"), (f"17.{HAIR}", "suspect"), (f"2.{'9' * 41}", "suspect")]
)
def test_a_rate_of_change_is_compared_with_every_digit(mean, verdict):
    series = readings(("2022-12-01", "10"), ("2022-12-08", mean))
    assert flags.evaluate(series, LIMITS)["2022-12-08"]["rate_of_change"] == verdict


means = st.from_regex(r"-?[0-9]{1,2}\.[0-9]{0,3}(0{30}[0-9]{1,2})?", fullmatch=True)


@given(means, means, means, st.integers(1, 21))
def test_verdicts_are_those_of_exact_fractions(before, mean, after, days):
    first = date(2022, 12, 1)
    dates = [(first + timedelta(days=number * days)).isoformat() for number in range(3)]
    series = readings(*zip(dates, (before, mean, after), strict=True))
    verdicts = flags.evaluate(series, LIMITS)[dates[1]]
    low, own, high = (Fraction(text) for text in (before, mean, after))
    distance = abs(own - (low + high) / 2)
    spike = "fail" if distance > 8 else "suspect" if distance > 4 else "pass"
    rate = "suspect" if abs(own - low) / days > 1 else "pass"
    assert (verdicts["spike"], verdicts["rate_of_change"]) == (spike, rate)


def flat(days, means, tolerance="0.1", suspect=14, fail=28):
    """Return the verdicts of flat_line on readings at these days of a year."""
    first = date(2022, 1, 1)
    dates = [(first + timedelta(days=day)).isoformat() for day in days]
    limits = replace(
        LIMITS,
        flat_tolerance=Decimal(tolerance),
        flat_suspect_days=suspect,
        flat_fail_days=fail,
    )
    series = readings(*zip(dates, means, strict=True))
    return [verdicts["flat_line"] for verdicts in flags.evaluate(series, limits).values()]


def test_a_flat_line_is_suspect_and_then_fails():
    means = ["15", "15.05", "15.02", "15", "15.01", "15.2"]
    assert flat(range(0, 42, 7), means) == [
        "not_evaluated", "not_evaluated", "suspect", "suspect", "fail", "pass",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("last", "verdict"), [(f"15.0{'9' * 40}", "suspect"), ("15.1", "pass"), ("14.9", "pass")]
)
def test_a_flat_line_is_compared_with_every_digit(last, verdict):
    assert flat((0, 7, 14), ("15", "15", last))[-1] == verdict


def test_a_flat_line_needs_three_readings_without_a_gap():
    assert flat((0, 14), ("15", "15"))[-1] == "not_evaluated"
    assert flat((0, 7, 14, 36, 43), ["15"] * 5)[-2:] == ["not_evaluated", "not_evaluated"]
    assert flat((0, 7, 14), ["15"] * 3, tolerance="0") == ["not_evaluated"] * 3


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        (0, ("2022-11-10", "2022-12-31")),
        (21, ("2022-11-10", "2023-01-21")),
        (10**9, ("1900-01-01", "2100-12-31")),
    ],
)
def test_the_required_range_includes_all_readings_that_flags_depend_on(near, expected):
    limits = replace(LIMITS, gap_suspect_days=near)
    assert flags.required_range(date(2022, 12, 1), date(2022, 12, 31), limits) == expected


class StubTable:
    """A table with these versions."""

    def __init__(self, versions):
        self.versions = versions

    async def read_versions(self, _dataset, first, last, **_):
        return [version for version in self.versions if first <= version.date <= last]


@st.composite
def histories(draw):
    """Draw versions over two New Years at any spacing, with corrections and withdrawals."""
    days = draw(st.lists(st.sampled_from([1, 6, 7, 7, 8, 14, 20, 21, 22, 35, 60]), min_size=5))
    day = date(2020, 12, 1) + timedelta(days=draw(st.integers(0, 60)))
    versions = []
    for step in days:
        day += timedelta(days=step)
        for upload_id in draw(st.sampled_from([[FIRST], [SECOND], [FIRST, SECOND]])):
            mean = draw(st.sampled_from(["15", "15", "15", "19.5", "24", "41"]))
            deletion_id = draw(st.sampled_from(["", "", "", DELETED]))
            added = version(day.isoformat(), mean, upload_id=upload_id)
            versions.append(added._replace(deletion_id=deletion_id))
    return versions


@times_examples(0.4)
@given(
    histories(),
    st.sampled_from([7, 21, 45, 400]),
    st.sampled_from([None, "2024-01-15", "2024-02-15"]),
    st.sampled_from([0, 14, 60]),
)
def test_figures_and_readings_have_the_same_flags(versions, near, as_of, flat_days):
    limits = replace(
        LIMITS,
        gap_suspect_days=near,
        flat_tolerance=Decimal(5),
        flat_suspect_days=flat_days,
        flat_fail_days=2 * flat_days,
    )
    dataset = replace(TEMPERATURE, limits=limits)
    service = Service(StubTable(versions), Datasets({dataset.name: dataset}, dataset))
    common = {"as_of": as_of} if as_of else {}

    def get(path, **parameters):
        request = Request("GET", path, list((common | parameters).items()))
        response = asyncio.run(service.get(request))
        return json.loads(response.content())

    answer = get("/readings")
    listed = {row["date"]: (row["flags"], row["tests"]) for row in answer["readings"]}
    for month in sorted({day[:7] for day in listed}):
        parameters = {"year": month[:4], "month": str(int(month[5:]))}
        previous = str(Month.of(month).previous())
        for metric, figure in FIGURES.items():
            used = (previous, month) if figure.needs_previous_month else (month,)
            expected = {day: pair for day, pair in listed.items() if day.startswith(used)}
            flagged = {day: names for day, (names, _) in expected.items() if names}
            assert get(f"/{metric}", **parameters)["flags"] == flagged
            explained = get(f"/{metric}", **parameters, explain="1")
            assert explained["flags"] == flagged
            rows = {row["date"]: (row["flags"], row["tests"]) for row in explained["rows"]}
            assert rows == expected
