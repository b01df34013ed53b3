"""Compare the readings, and the figures of their months, between two moments."""

from collections.abc import Iterable, Sequence
from typing import Any

from aquasense.dates import Month
from aquasense.figures import monthly
from aquasense.figures.registry import summarize_month
from aquasense.readings import members
from aquasense.readings.versions import Version, current_readings

NEW, CHANGED, WITHDRAWN = "new", "changed", "withdrawn"


def compare_states(versions: Iterable[Version], since: str, until: str | None) -> dict[str, Any]:
    """Return the readings and months that differ.

    Args:
        versions: of all the dataset's dates, from all uploads.
        since, until: upload ids, or the beginnings of one; until None is now.
    """
    versions = list(versions)
    before, after = current_readings(versions, since), current_readings(versions, until)
    readings = _readings(before, after)
    return {
        "months": _months({row["date"][:7] for row in readings}, before, after),
        "readings": readings,
    }


def _readings(before: Sequence[Version], after: Sequence[Version]) -> list[dict[str, Any]]:
    old = {reading.date: reading for reading in before}
    new = {reading.date: reading for reading in after}
    rows = []
    for day in sorted(old.keys() | new.keys()):
        earlier, later = old.get(day), new.get(day)
        if earlier and later and earlier.same_values(later):
            continue
        change = NEW if not earlier else CHANGED if later else WITHDRAWN
        values = {"before": _value(earlier), "after": _value(later)}
        rows.append({"date": day, "change": change, **values})
    return rows


def _value(reading: Version | None) -> dict[str, Any] | None:
    return (
        None
        if reading is None
        else members.value_members(reading) | members.source_members(reading)
    )


def _months(
    touched: Iterable[str], before: Sequence[Version], after: Sequence[Version]
) -> list[dict[str, Any]]:
    """Return the touched months, and the following ones whose figures use them, that differ."""
    months = {Month.of(month) for month in touched}
    old, new = monthly.group_by_month(before), monthly.group_by_month(after)
    rows = []
    for month in sorted(months | {month.next() for month in months}):
        earlier, later = summarize_month(month, old), summarize_month(month, new)
        if earlier != later:
            rows.append({"month": str(month), "before": earlier, "after": later})
    return rows
