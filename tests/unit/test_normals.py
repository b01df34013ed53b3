"""The usual values of months and weeks, compared with an independent computation."""

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from aquasense.figures import normals
from tests.support import readings

EMPTY = {"years": 0, "readings": 0, **dict.fromkeys(("mean", "least", "greatest", "p10", "p90"))}


def uneven_series(first=date(2011, 3, 5), last=date(2020, 2, 29)):
    """Yield (date, mean) with 1 to 19 days between dates, 29 February included."""
    yield "2008-02-29", "14.5"
    chance = random.Random(5)
    while first <= last:
        yield first.isoformat(), repr(chance.gauss(18, 5))
        first += timedelta(days=chance.randrange(1, 20))


def summarize(pairs):
    """Return the expected members of some readings, with pandas and fractions."""
    # Its import takes longer than these tests, and every worker imports this module.
    import pandas as pd

    if not pairs:
        return EMPTY
    by_year = defaultdict(list)
    for day, mean in pairs:
        by_year[day[:4]].append(Fraction(mean))
    means = [sum(own) / len(own) for own in by_year.values()]
    series = pd.Series([float(mean) for _, mean in pairs])
    return {
        "years": len(by_year),
        "readings": len(pairs),
        "mean": float(sum(means) / len(means)),
        "least": Decimal(min((mean for _, mean in pairs), key=Decimal)),
        "greatest": Decimal(max((mean for _, mean in pairs), key=Decimal)),
        "p10": pytest.approx(series.quantile(0.1), rel=1e-12),
        "p90": pytest.approx(series.quantile(0.9), rel=1e-12),
    }


def as_doubles(row):
    """Return a row with its derived numbers as doubles."""
    return row | {name: float(row[name]) for name in ("mean", "p10", "p90")}


def in_week(day, week):
    """Return whether a date is within 15 days of the middle of a week, in any year."""
    middle = date(2023, 1, 4) + timedelta(weeks=week - 1)
    month, number = int(day[5:7]), int(day[8:])
    number = 28 if (month, number) == (2, 29) else number
    days = abs((date(2023, month, number) - middle).days)
    return min(days, 365 - days) <= 15


def test_normals_equal_an_independent_computation():
    pairs = list(uneven_series())
    months, weeks = normals.list_normals(readings(*pairs))
    for number, row in enumerate(months, 1):
        own = [pair for pair in pairs if int(pair[0][5:7]) == number]
        assert as_doubles(row) == {"month": number} | summarize(own)
    for number, row in enumerate(weeks, 1):
        own = [pair for pair in pairs if in_week(pair[0], number)]
        assert row.pop("first") < row.pop("last")
        assert as_doubles(row) == {"week": number} | summarize(own)
    assert (len(months), len(weeks)) == (12, 52)


def test_every_day_of_a_year_is_in_one_week():
    _, weeks = normals.list_normals([])
    days = {f"{date(2024, 1, 1) + timedelta(days=day):%m-%d}" for day in range(366)}
    for day in days:
        assert len([row for row in weeks if row["first"] <= day <= row["last"]]) == 1, day
    assert (weeks[8]["first"], weeks[8]["last"]) == ("02-26", "03-04")
    assert (weeks[51]["first"], weeks[51]["last"]) == ("12-24", "12-31")


def test_a_year_with_many_readings_counts_as_much_as_one_with_few():
    months, _ = normals.list_normals(
        readings(*((f"2020-06-{day:02d}", "20") for day in range(1, 31)), ("2021-06-15", "26"))
    )
    assert months[5]["mean"] == 23
    assert (months[5]["years"], months[5]["readings"]) == (2, 31)


def test_extremes_have_every_digit_of_the_file():
    exact = "20.1234567890123456789012345"
    months, _ = normals.list_normals(readings(("2020-06-01", exact), ("2020-06-02", "21.0")))
    assert str(months[5]["least"]) == exact
    assert str(months[5]["greatest"]) == "21.0"


def test_months_and_weeks_without_readings_are_null():
    months, weeks = normals.list_normals(readings(("2020-06-15", "20")))
    assert months[0] == {"month": 1} | EMPTY
    # The middle day of week 24 is 14 June.
    assert [row["week"] for row in weeks if row["years"]] == [22, 23, 24, 25, 26]
    assert normals.describe_period([])["first"] is None


@pytest.mark.parametrize(("years", "cautious"), [(1, True), (29, True), (30, False)])
def test_fewer_than_thirty_years_are_called_no_wmo_normal(years, cautious):
    pairs = [(f"{1990 + year}-06-15", "20") for year in range(years)]
    period = normals.describe_period(readings(*pairs))
    assert (period["first"], period["years"]) == ("1990-06-15", years)
    assert bool(period["caution"]) is cautious
    if cautious:
        assert "no WMO normal" in period["caution"]
        assert period["caution"].endswith(f"{years} year{'s' if years > 1 else ''}")
