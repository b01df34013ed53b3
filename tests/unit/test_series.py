"""The months of a series, and their difference from the same month of other years."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aquasense.dates import Month
from aquasense.figures import series
from tests.support import TEMPERATURE, readings

DECEMBERS = readings(("2020-12-01", "10"), ("2021-12-01", "12"), ("2022-12-01", "15"))


def test_a_month_is_compared_with_the_mean_of_the_other_years():
    rows = list(series.build_series(TEMPERATURE, DECEMBERS, Month(2022, 12), None))
    assert [row["other_years"]["temp"] for row in rows] == [
        {"difference": Decimal("4.0"), "years": 2}
    ]
    # maxdiff has no value in any year.
    assert rows[0]["other_years"]["maxdiff"] == {"difference": None, "years": 0}


@pytest.mark.parametrize(
    ("year", "rank", "percentile"), [(2020, 4, 12.5), (2021, 2, 50), (2022, 1, 87.5)]
)
def test_a_month_has_its_rank_and_percentile_among_the_years(year, rank, percentile):
    # 2019 and 2021 are equal: both are second.
    series_readings = [*readings(("2019-12-01", "12.0")), *DECEMBERS]
    rows = list(series.build_series(TEMPERATURE, series_readings, Month(year, 12), Month(year, 12)))
    assert rows[0]["ranks"]["temp"] == {"rank": rank, "percentile": percentile, "years": 4}
    assert rows[0]["ranks"]["maxdiff"] == {"rank": None, "percentile": None, "years": 0}


def test_a_series_has_every_calendar_month_of_its_span():
    rows = list(series.build_series(TEMPERATURE, DECEMBERS, None, None))
    assert len(rows) == 25
    assert {row["reason"] for row in rows if row["coverage"] is None} == {series.NO_READINGS}
    assert list(series.build_series(TEMPERATURE, [], None, None)) == []
    assert len(list(series.build_series(TEMPERATURE, [], Month(1999, 1), Month(1999, 3)))) == 3


@given(
    st.dictionaries(
        st.dates(date(2018, 11, 1), date(2022, 2, 28)),
        st.decimals(-50, 50, places=12, allow_nan=False),
        min_size=1,
        max_size=60,
    )
)
def test_the_series_equals_an_independent_computation(means):
    series_readings = readings(*((day.isoformat(), str(means[day])) for day in sorted(means)))
    by_month = defaultdict(list)
    for day, mean in means.items():
        by_month[day.year, day.month].append(Fraction(mean))
    temps = {month: float(sum(values) / len(values)) for month, values in by_month.items()}
    for row in series.build_series(TEMPERATURE, series_readings, None, None):
        month = row["year"], row["month"]
        previous = (month[0] - 1, 12) if month[1] == 1 else (month[0], month[1] - 1)
        if month not in by_month:
            assert (row["temp"], row["sd"], row["maxdiff"], row["coverage"]) == (None,) * 4
            continue
        assert float(row["temp"]) == temps[month]
        assert row["coverage"]["readings"] == len(by_month[month])
        expected = None
        if previous in by_month:
            expected = Decimal(repr(float(max(by_month[month])) - float(max(by_month[previous]))))
        assert row["maxdiff"] == expected
        others = [Fraction(repr(t)) for m, t in temps.items() if m[1] == month[1] and m != month]
        comparison = row["other_years"]["temp"]
        assert comparison["years"] == len(others)
        if others:
            mean = sum(others) / len(others)
            assert float(comparison["difference"]) == float(Fraction(repr(temps[month])) - mean)
