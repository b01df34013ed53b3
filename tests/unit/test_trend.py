"""The trend of a figure; tests/parity compares it with statistical packages."""

import random
from decimal import Decimal

import pytest

from aquasense.dates import Month
from aquasense.figures.mann_kendall import compute_trend
from aquasense.figures.trend import describe_trend


def monthly(first, count, value=lambda month: Decimal(month.month)):
    """Return the values of consecutive months."""
    values = {}
    for _ in range(count):
        values[first] = value(first)
        first = first.next()
    return values


def warming(month):
    """Return a value that rises by 0.5 a decade, with a season."""
    return Decimal(month.month) + Decimal("0.05") * (month.year - 2000)


def test_a_steady_rise_has_its_slope_and_a_narrow_interval():
    trend = describe_trend(monthly(Month(2010, 1), 96, warming))
    assert (trend["trend"], trend["reason"], trend["dependence"]) == ("increasing", None, False)
    for name in ("slope_per_decade", "lower", "upper"):
        assert trend[name] == pytest.approx(0.5)
    assert trend["p_value"] < 1e-6
    assert trend["score"] == sum(season["score"] for season in trend["seasons"]) == 12 * 28
    assert trend["seasons"][6] == {
        "month": 7, "years": 8, "slope_per_decade": pytest.approx(0.5), "score": 28,
    }  # fmt: skip
    assert trend["period"] == {"first": "2010-01", "last": "2017-12", "months": 96}


def test_a_constant_series_has_no_trend():
    trend = describe_trend(monthly(Month(2010, 1), 144))
    assert (trend["trend"], trend["p_value"], trend["variance"]) == ("none", 1, 0)
    assert (trend["slope_per_decade"], trend["lower"], trend["upper"]) == (0, 0, 0)
    assert trend["dependence"] is True


def test_a_missing_month_lengthens_the_distance_of_its_neighbours():
    values = monthly(Month(2010, 1), 96, warming)
    del values[Month(2013, 7)]
    trend = describe_trend(values)
    assert trend["seasons"][6]["years"] == 7
    assert trend["seasons"][6]["slope_per_decade"] == pytest.approx(0.5)


def test_a_series_of_less_than_eight_years_is_too_short():
    trend = describe_trend(monthly(Month(2015, 12), 95, warming))
    assert trend["reason"] == (
        "too short: from 2015-12 to 2023-10 are 95 months, fewer than 96 (8 years)"
    )
    assert (trend["trend"], trend["slope_per_decade"], trend["p_value"]) == (None, None, None)
    assert trend["seasons"][11] == {
        "month": 12, "years": 8, "slope_per_decade": None, "score": None,
    }  # fmt: skip
    assert describe_trend(monthly(Month(2015, 12), 96, warming))["reason"] is None


def test_a_series_without_values_is_too_short():
    trend = describe_trend({})
    assert trend["reason"] == "too short: there are no values"
    assert trend["period"] == {"first": None, "last": None, "months": 0}
    assert [season["years"] for season in trend["seasons"]] == [0] * 12


def test_a_season_with_values_in_fewer_than_half_of_the_years_is_named():
    values = monthly(Month(2010, 1), 96, warming)
    for year in range(2010, 2014):
        del values[Month(year, 8)]
    assert describe_trend(values)["reason"] is None
    del values[Month(2014, 8)]
    assert describe_trend(values)["reason"] == (
        "too few values of one season: August has values in 3 of 8 years, fewer than half"
    )


@pytest.mark.parametrize("years", [9, 20])
def test_nine_of_ten_intervals_contain_the_slope(years):
    chance = random.Random(1)
    hits = 0
    for _ in range(200):
        seasons = [[0.03 * year + chance.gauss(0, 1) for year in range(years)] for _ in range(12)]
        trend = compute_trend(seasons)
        hits += trend.lower <= 0.03 <= trend.upper
    assert 165 < hits < 195
