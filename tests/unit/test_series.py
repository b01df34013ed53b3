"""Months in a row, their completeness, and how they differ from the same month of other years."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aquasense.alerting import exceedances
from aquasense.alerting.ledger import NEW, RETRACTED, LedgerEntry
from aquasense.dates import Month
from aquasense.figures import completeness, series
from aquasense.figures.completeness import CompletenessRule
from aquasense.readings import changes
from tests.support import TEMPERATURE, readings, version

DECEMBERS = readings(("2020-12-01", "10"), ("2021-12-01", "12"), ("2022-12-01", "15"))


def test_a_month_is_compared_with_the_mean_of_the_other_years():
    rows = list(series.build_series(TEMPERATURE, DECEMBERS, Month(2022, 12), None))
    assert [row["other_years"]["temp"] for row in rows] == [
        {"difference": Decimal("4.0"), "years": 2}
    ]
    # maxdiff has no value in any of them.
    assert rows[0]["other_years"]["maxdiff"] == {"difference": None, "years": 0}


def test_every_calendar_month_of_the_span_is_there_and_says_why_it_is_empty():
    rows = list(series.build_series(TEMPERATURE, DECEMBERS, None, None))
    assert len(rows) == 25
    assert {row["reason"] for row in rows if row["coverage"] is None} == {series.NO_READINGS}
    assert list(series.build_series(TEMPERATURE, [], None, None)) == []
    assert len(list(series.build_series(TEMPERATURE, [], Month(1999, 1), Month(1999, 3)))) == 3


@pytest.mark.parametrize(
    ("days", "codes"),
    [
        ((1, 8, 15, 22, 29), []),
        ((1, 15, 29), []),
        ((15, 16, 17), []),
        ((16, 17, 18), ["days_without"]),
        ((1, 2, 16), ["days_without"]),
        ((8, 22), ["few_readings"]),
        ((31,), ["few_readings", "days_without"]),
        ((), ["no_readings"]),
    ],
)
def test_a_month_is_complete_with_enough_readings_and_no_long_gap(days, codes):
    known = [version(f"2022-12-{day:02d}") for day in days]
    found = completeness.find_shortcomings(Month(2022, 12), known, CompletenessRule())
    assert [one.code for one in found] == codes
    assert all("2022-12" in one.detail for one in found)


def test_the_rule_is_the_datasets():
    known = [version("2022-12-31")]
    assert not completeness.find_shortcomings(
        Month(2022, 12), known, CompletenessRule(readings=1, days=31)
    )
    assert completeness.parse_rule({}) == CompletenessRule()
    assert completeness.parse_rule({"days": 40}) == replace(CompletenessRule(), days=40)


@pytest.mark.parametrize("table", [{"readings": 0}, {"days": "3"}, {"days": True}, {"x": 1}, []])
def test_a_rule_that_makes_no_sense_is_refused(table):
    with pytest.raises(ValueError, match="complete"):
        completeness.parse_rule(table)


def test_changes_are_new_changed_and_withdrawn_dates():
    versions = [
        version("2022-12-01", order="1"),
        version("2022-12-02", order="1")._replace(deletion_id="3"),
        version("2022-12-03", order="1"),
        version("2022-12-03", mean="15.0", order="2"),
        version("2022-12-04", order="2"),
        version("2022-12-05", order="1"),
        version("2022-12-05", mean="16", order="2"),
    ]
    found = changes.compare_states(versions, "1", None)
    assert [(one["date"], one["change"]) for one in found["readings"]] == [
        ("2022-12-02", "withdrawn"), ("2022-12-04", "new"), ("2022-12-05", "changed"),
    ]  # fmt: skip
    assert changes.compare_states(versions, "2", "2") == {"months": [], "readings": []}


def test_alerts_keep_what_was_announced_and_no_longer_holds():
    current = [version("2022-12-01", deviation="0.7"), version("2022-12-02", deviation="0.1")]
    ledger = [
        LedgerEntry("2022-12-02", "2", RETRACTED, "0.1", "15", "0.9", "2026-01-02T00:00:00Z"),
        LedgerEntry("2022-12-02", "1", NEW, "0.9", "15", "", "2026-01-01T00:00:00Z"),
        LedgerEntry("2022-12-03", "1", NEW, "0.8", "15", "", "2026-01-01T00:00:00Z"),
    ]
    found = list(exceedances.list_alerts(current, Decimal("0.5"), ledger))
    assert [(one["date"], one["above_threshold"]) for one in found] == [
        ("2022-12-01", True), ("2022-12-02", False), ("2022-12-03", False),
    ]  # fmt: skip
    assert found[0]["announced"] is None
    assert found[1]["announced"]["kind"] == RETRACTED
    assert found[1]["announced"]["deviation"] == Decimal("0.9")
    assert found[1]["announcements"] == 2
    assert found[2]["deviation"] is None


def test_a_threshold_has_to_be_exceeded():
    current = [version("2022-12-01", deviation="0.5"), version("2022-12-02", deviation="0.5001")]
    assert [one.date for one in exceedances.select_above(current, Decimal("0.5"))] == ["2022-12-02"]


@given(
    st.dictionaries(
        st.dates(date(2018, 11, 1), date(2022, 2, 28)),
        st.decimals(-50, 50, places=12, allow_nan=False),
        min_size=1,
        max_size=60,
    )
)
def test_the_series_is_what_an_independent_reckoning_gives(means):
    known = readings(*((day.isoformat(), str(means[day])) for day in sorted(means)))
    by_month = defaultdict(list)
    for day, mean in means.items():
        by_month[day.year, day.month].append(Fraction(mean))
    temps = {month: float(sum(those) / len(those)) for month, those in by_month.items()}
    for row in series.build_series(TEMPERATURE, known, None, None):
        month = row["year"], row["month"]
        before = (month[0] - 1, 12) if month[1] == 1 else (month[0], month[1] - 1)
        if month not in by_month:
            assert (row["temp"], row["sd"], row["maxdiff"], row["coverage"]) == (None,) * 4
            continue
        assert float(row["temp"]) == temps[month]
        assert row["coverage"]["readings"] == len(by_month[month])
        expected = None
        if before in by_month:
            expected = Decimal(repr(float(max(by_month[month])) - float(max(by_month[before]))))
        assert row["maxdiff"] == expected
        others = [Fraction(repr(t)) for m, t in temps.items() if m[1] == month[1] and m != month]
        other = row["other_years"]["temp"]
        assert other["years"] == len(others)
        if others:
            mean = sum(others) / len(others)
            assert float(other["difference"]) == float(Fraction(repr(temps[month])) - mean)
