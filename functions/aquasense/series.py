"""The months of a series with all their figures, and how each differs from its other years."""

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


def rows(
    dataset: Dataset, readings: Sequence[Version], first: Month | None, last: Month | None
) -> Iterator[dict[str, Any]]:
    """A row for every calendar month of the span, those without readings included.

    Args:
        dataset: the series.
        readings: all its current readings in order of date.
        first, last: the span; None is where the readings begin or end.
    """
    grouped = answers.by_month(readings)
    verdicts = flags.of(readings, dataset.limits)
    known = {month: _figures(Month.of(month), grouped) for month in grouped}
    for month in span(list(grouped), first, last):
        yield _row(dataset, month, grouped, verdicts, known)


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
    known: Mapping[str, Figures],
) -> dict[str, Any]:
    own, previous = grouped.get(str(month), ()), grouped.get(str(month.previous()), ())
    found = known.get(str(month), dict.fromkeys(METRICS))
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
        "other_years": {metric: _against(month, metric, found, known) for metric in METRICS},
    }


def _figures(month: Month, grouped: Mapping[str, Sequence[Version]]) -> Figures:
    own, previous = grouped[str(month)], grouped.get(str(month.previous()), ())
    return {metric: figures.of_month(metric, own, previous).value for metric in METRICS}


def _against(
    month: Month, metric: str, found: Figures, known: Mapping[str, Figures]
) -> dict[str, Any]:
    """The difference to the mean of the same month in other years, and how many those are."""
    others = [
        value
        for name, those in known.items()
        if name[5:] == f"{month.month:02d}" and name != str(month)
        if (value := those[metric]) is not None
    ]
    own = found[metric]
    if own is None or not others:
        return {"difference": None, "years": len(others)}
    return {"difference": figures.difference(own, others), "years": len(others)}
