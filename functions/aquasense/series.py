"""The months of a series with all their figures, and how each differs from its other years."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from aquasense import answers, figures, flags
from aquasense.datasets import Dataset
from aquasense.figures import METRICS, Month
from aquasense.versions import Version

NO_READINGS = "the month has no readings"

type Figures = dict[str, Decimal | None]
type Whole = tuple[Decimal, int]

NOTHING: Whole = (Decimal(0), 0)


def rows(
    dataset: Dataset, readings: Sequence[Version], first: Month | None, last: Month | None
) -> Iterator[dict[str, Any]]:
    """A row for every calendar month of the span, those without readings included.

    Args:
        dataset: the series.
        readings: all its current readings in order of date.
        first, last: the span; None is where the readings begin or end.
    """
    grouped = figures.by_month(readings)
    verdicts = flags.evaluate(readings, dataset.limits)
    known = {month: _figures(Month.of(month), grouped) for month in grouped}
    years = _years(known)
    for month in span(list(grouped), first, last):
        found = known.get(str(month), dict.fromkeys(METRICS))
        yield {
            **_row(dataset, month, grouped, verdicts, found),
            "other_years": {
                metric: _against(found[metric], years.get((month.month, metric), NOTHING))
                for metric in METRICS
            },
        }


def span(months: Sequence[str], first: Month | None, last: Month | None) -> Iterator[Month]:
    """The calendar months from first to last, or those from where the readings begin or end."""
    if not months and not (first and last):
        return
    month = first or Month.of(months[0])
    end = last or Month.of(months[-1])
    while month <= end:
        yield month
        month = month.next()


def _row(
    dataset: Dataset,
    month: Month,
    grouped: Mapping[str, Sequence[Version]],
    verdicts: Mapping[str, dict[str, str]],
    found: Figures,
) -> dict[str, Any]:
    own, previous = grouped.get(str(month), ()), grouped.get(str(month.previous()), ())
    reason = None
    if not own:
        reason = NO_READINGS
    elif found["maxdiff"] is None:
        reason = figures.maxdiff(own, previous).reason
    return {
        "year": month.year,
        "month": month.month,
        **found,
        "reason": reason,
        **answers.comparability(dataset, month, own, previous),
        "coverage": asdict(figures.coverage(own)) if own else None,
        "flags": answers.flagged(own, verdicts),
    }


def _figures(month: Month, grouped: Mapping[str, Sequence[Version]]) -> Figures:
    own, previous = grouped[str(month)], grouped.get(str(month.previous()), ())
    return {metric: figures.of_month(metric, own, previous).value for metric in METRICS}


def _years(known: Mapping[str, Figures]) -> dict[tuple[int, str], Whole]:
    """Of each calendar month and figure, the sum over all years and how many have a value."""
    values: dict[tuple[int, str], list[Decimal]] = defaultdict(list)
    for month, those in known.items():
        for metric, value in those.items():
            if value is not None:
                values[int(month[5:]), metric].append(value)
    return {name: (figures.total(those), len(those)) for name, those in values.items()}


def _against(own: Decimal | None, whole: Whole) -> dict[str, Any]:
    """The difference to the mean of the same month in other years, and how many those are."""
    total, count = whole
    if own is None:
        return {"difference": None, "years": count}
    if count == 1:
        return {"difference": None, "years": 0}
    return {"difference": figures.difference(own, total, count), "years": count - 1}
