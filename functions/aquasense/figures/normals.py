"""Compute normals: the usual values of each calendar month and of each week of the year.

The weeks are those of agricultural meteorology, the same dates in every year: week 1 begins on
1 January, week 9 includes 29 February, and week 52 has the last eight days of the year.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

from aquasense.figures import monthly
from aquasense.figures.monthly import EXACT, round_to_double
from aquasense.readings.versions import Version

WMO_YEARS = 30
# Days before and after the middle day of a week whose readings count for it.
WINDOW_DAYS = 15
PERCENTILES = {"p10": Decimal("0.1"), "p90": Decimal("0.9")}

# A year without 29 February, whose readings count as those of the day before.
_DAYS = [f"{date(2023, 1, 1) + timedelta(days=day):%m-%d}" for day in range(365)]
_STARTS = range(0, 364, 7)
_LENGTHS = dict.fromkeys(_STARTS, 7) | {_STARTS[-1]: 8}


def _weeks_near(day: int) -> list[int]:
    """Return the weeks whose middle day is near a day of the year, also across New Year."""
    distances = (abs(day - (start + 3)) for start in _STARTS)
    return [week for week, days in enumerate(distances, 1) if min(days, 365 - days) <= WINDOW_DAYS]


_WEEKS_OF = {name: _weeks_near(day) for day, name in enumerate(_DAYS)}
_WEEKS_OF["02-29"] = _WEEKS_OF["02-28"]

# The year of a reading, and its mean.
type Value = tuple[str, Decimal]


def list_normals(readings: Sequence[Version]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the normals of the 12 calendar months and of the 52 weeks of the year.

    Args:
        readings: current readings in order of date.
    """
    months: dict[int, list[Value]] = defaultdict(list)
    weeks: dict[int, list[Value]] = defaultdict(list)
    values = [(Decimal(reading.mean), reading.date) for reading in readings]
    # In order of value, and so is every list.
    for mean, day in sorted(values, key=itemgetter(0)):
        value = day[:4], mean
        months[int(day[5:7])].append(value)
        for week in _WEEKS_OF[day[5:]]:
            weeks[week].append(value)
    return (
        [{"month": month} | _summarize(months[month]) for month in range(1, 13)],
        [
            {"week": week, "first": _DAYS[start], "last": _DAYS[start + _LENGTHS[start] - 1]}
            | _summarize(weeks[week])
            for week, start in enumerate(_STARTS, 1)
        ],
    )


def describe_period(readings: Sequence[Version]) -> dict[str, Any]:
    """Return the first and the last date, the number of years with readings, and a caution.

    Args:
        readings: current readings in order of date.
    """
    years = len({reading.date[:4] for reading in readings})
    counted = "1 year" if years == 1 else f"{years} years"
    caution = f"no WMO normal, which needs at least {WMO_YEARS} years: these are of {counted}"
    return {
        "first": readings[0].date if readings else None,
        "last": readings[-1].date if readings else None,
        "years": years,
        "caution": caution if years < WMO_YEARS else None,
    }


def _summarize(values: Sequence[Value]) -> dict[str, Any]:
    """Return mean, extremes and percentiles of values in order; without values they are None."""
    by_year: dict[str, list[Decimal]] = defaultdict(list)
    for year, mean in values:
        by_year[year].append(mean)
    # A year with many readings must not outweigh the others.
    means = [EXACT.divide(monthly.sum_exactly(own), Decimal(len(own))) for own in by_year.values()]
    return {
        "years": len(by_year),
        "readings": len(values),
        "mean": round_to_double(EXACT.divide(monthly.sum_exactly(means), Decimal(len(means))))
        if means
        else None,
        "least": values[0][1] if values else None,
        "greatest": values[-1][1] if values else None,
        **{name: _interpolate(values, share) for name, share in PERCENTILES.items()},
    }


def _interpolate(values: Sequence[Value], share: Decimal) -> Decimal | None:
    """Return the percentile by linear interpolation, like numpy, R (type 7) and Excel."""
    if not values:
        return None
    position = share * (len(values) - 1)
    below = int(position)
    low, high = values[below][1], values[min(below + 1, len(values) - 1)][1]
    step = EXACT.multiply(EXACT.subtract(high, low), position - below)
    return round_to_double(EXACT.add(low, step))
