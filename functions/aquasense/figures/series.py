"""List the months of a series with every figure, compared with the same month of other years."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from aquasense.datasets import Dataset
from aquasense.dates import Month
from aquasense.figures import completeness, monthly
from aquasense.figures.monthly import FigureValue
from aquasense.figures.registry import FIGURES, compute_figures
from aquasense.quality import flags
from aquasense.readings.members import reviewed_members
from aquasense.readings.versions import Version, select_counting

NO_READINGS = "the month has no readings"

type MonthOfYear = tuple[int, str]
type Sum = tuple[Decimal, int]

_EMPTY_MONTH = dict.fromkeys(FIGURES, FigureValue(None, NO_READINGS))
_NO_VALUES: Sum = (Decimal(0), 0)


def build_series(
    dataset: Dataset, readings: Sequence[Version], first: Month | None, last: Month | None
) -> Iterator[dict[str, Any]]:
    """Yield a row for every calendar month of the span, those without readings included.

    Args:
        dataset: of the readings.
        readings: all its current readings in order of date, bad ones included.
        first, last: months of the span; None is the first or the last month with readings.
    """
    by_month = monthly.group_by_month(select_counting(readings))
    reviewed = monthly.group_by_month(reading for reading in readings if reading.review)
    verdicts = flags.evaluate(readings, dataset.limits)
    values = {
        month: compute_figures(own, by_month.get(str(Month.of(month).previous()), ()))
        for month, own in by_month.items()
    }
    groups = _group_by_month_of_year(values)
    sums = {key: (monthly.sum_exactly(group), len(group)) for key, group in groups.items()}
    for month in iterate_months(list(by_month), first, last):
        own = by_month.get(str(month), ())
        previous = by_month.get(str(month.previous()), ())
        computed = values.get(str(month), _EMPTY_MONTH)
        reasons = (figure.reason for figure in computed.values() if figure.reason)
        yield {
            "year": month.year,
            "month": month.month,
            **{name: figure.value for name, figure in computed.items()},
            "reason": next(reasons, None),
            **completeness.comparability_members(dataset.complete, month, own, previous),
            "coverage": asdict(monthly.compute_coverage(own)) if own else None,
            "flags": flags.list_flags_by_date(own, verdicts),
            "other_years": {
                name: _compare_years(figure.value, sums.get((month.month, name), _NO_VALUES))
                for name, figure in computed.items()
            },
            "ranks": {
                name: _rank_among_years(figure.value, groups.get((month.month, name), ()))
                for name, figure in computed.items()
            },
            **reviewed_members(reviewed.get(str(month), ())),
        }


def iterate_months(
    months: Sequence[str], first: Month | None, last: Month | None
) -> Iterator[Month]:
    """Yield the calendar months of a span.

    Args:
        months: with readings, in order: '2022-12'.
        first, last: months of the span; None is the first or the last month with readings.
    """
    if not months and not (first and last):
        return
    month = first or Month.of(months[0])
    end = last or Month.of(months[-1])
    while month <= end:
        yield month
        month = month.next()


def _group_by_month_of_year(
    values: Mapping[str, Mapping[str, FigureValue]],
) -> dict[MonthOfYear, list[Decimal]]:
    """Return each figure's values in order, by month of the year and name of the figure."""
    groups: dict[MonthOfYear, list[Decimal]] = defaultdict(list)
    for month, computed in values.items():
        for name, figure in computed.items():
            if figure.value is not None:
                groups[int(month[5:]), name].append(figure.value)
    return {key: sorted(group) for key, group in groups.items()}


def _compare_years(value: Decimal | None, all_years: Sum) -> dict[str, Any]:
    """Return the difference from the mean of the other years, and the number of those years."""
    total, count = all_years
    if value is None:
        return {"difference": None, "years": count}
    if count == 1:
        return {"difference": None, "years": 0}
    return {"difference": monthly.compare_with_others(value, total, count), "years": count - 1}


def _rank_among_years(value: Decimal | None, all_years: Sequence[Decimal]) -> dict[str, Any]:
    """Return the rank of a value, 1 for the highest, its percentile, and the number of years.

    The percentile is the percentage of the years with a lower value, where each year with an equal
    value counts a half.

    Args:
        value: of a month; None for none.
        all_years: values of the month in all years, in order.
    """
    count = len(all_years)
    if value is None:
        return {"rank": None, "percentile": None, "years": count}
    lower, not_higher = bisect_left(all_years, value), bisect_right(all_years, value)
    return {
        "rank": count - not_higher + 1,
        "percentile": 50 * (lower + not_higher) / count,
        "years": count,
    }
