"""Where figures become the JSON members an analyst gets."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from aquasense import figures
from aquasense.datasets import Dataset
from aquasense.figures import Month
from aquasense.receipts import Effect, Receipt
from aquasense.versions import Version


class NoReadings(LookupError):
    """The month has no readings; `months` are those that have."""

    def __init__(self, month: Month, months: Sequence[str]) -> None:
        super().__init__(f"there are no readings for {month}")
        self.available = {"first": months[0], "last": months[-1]} if months else None


def figure(
    dataset: Dataset,
    metric: str,
    month: Month,
    readings: Sequence[Version],
    previous: Sequence[Version],
) -> dict[str, Any]:
    """The answer of /temp, /sd or /maxdiff.

    Args:
        dataset: the series.
        metric: one of figures.METRICS.
        month: the month asked for.
        readings: its current readings in order of date; at least one.
        previous: those of the month before; only maxdiff needs them.
    """
    found = figures.of_month(metric, readings, previous)
    answer = {
        "dataset": dataset.name,
        "metric": metric,
        "year": month.year,
        "month": month.month,
        "value": found.value,
        "unit": dataset.unit,
        "coverage": asdict(figures.coverage(readings)),
    }
    if found.reason:
        answer["reason"] = found.reason
    return answer


def months(dataset: Dataset, readings: Sequence[Version]) -> dict[str, Any]:
    """The answer of /months: every month with readings, in order, with its coverage."""
    by_month: dict[str, list[Version]] = defaultdict(list)
    for reading in readings:
        by_month[reading.date[:7]].append(reading)
    return {
        "dataset": dataset.name,
        "months": [
            {
                "year": int(month[:4]),
                "month": int(month[5:]),
                "coverage": asdict(figures.coverage(those)),
            }
            for month, those in sorted(by_month.items())
        ],
    }


def receipt(found: Receipt, effect: Effect | None) -> dict[str, Any]:
    """A receipt as JSON members, with what the upload changed where it is known.

    Args:
        found: what became of the upload.
        effect: what it changed; None where it was rejected as a whole.
    """
    answer = asdict(found)
    answer["rejections"] = [entry._asdict() for entry in found.rejections]
    if effect:
        answer |= asdict(effect)
    return answer
