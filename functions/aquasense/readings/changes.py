"""Compare the current readings, and the figures of their months, at two times."""

from collections.abc import Iterable, Sequence
from typing import Any

from aquasense.dates import Month
from aquasense.figures import monthly
from aquasense.figures.registry import summarize_month
from aquasense.readings import members
from aquasense.readings.versions import (
    Version,
    all_readings,
    current_readings,
    select_counting,
)

NEW, CHANGED, WITHDRAWN = "new", "changed", "withdrawn"


def compare_states(versions: Iterable[Version], since: str, until: str | None) -> dict[str, Any]:
    """Return the dates and months that differ, as JSON members; a bad reading with its review.

    Args:
        versions: of all dates of the dataset, from all uploads.
        since, until: upload ids or beginnings of one; until None is now.
    """
    versions = list(versions)
    before, with_bad = current_readings(versions, since), all_readings(versions, until)
    after = select_counting(with_bad)
    readings = _compare_readings(before, after)
    bad = {reading.date: reading for reading in with_bad if reading.is_bad}
    for row in readings:
        if row["date"] in bad:
            row["review"] = members.review_members(bad[row["date"]].review)
    return {
        "months": _compare_months({row["date"][:7] for row in readings}, before, after),
        "readings": readings,
    }


def _compare_readings(before: Sequence[Version], after: Sequence[Version]) -> list[dict[str, Any]]:
    old = {reading.date: reading for reading in before}
    new = {reading.date: reading for reading in after}
    rows = []
    for date in sorted(old.keys() | new.keys()):
        earlier, later = old.get(date), new.get(date)
        if earlier and later and earlier.same_values(later):
            continue
        change = NEW if not earlier else CHANGED if later else WITHDRAWN
        values = {"before": _side_members(earlier), "after": _side_members(later)}
        rows.append({"date": date, "change": change, **values})
    return rows


def _side_members(reading: Version | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    return members.value_members(reading) | members.source_members(reading)


def _compare_months(
    touched: Iterable[str], before: Sequence[Version], after: Sequence[Version]
) -> list[dict[str, Any]]:
    """Return the touched months that differ, and the months after them whose figures use them."""
    months = {Month.of(month) for month in touched}
    old, new = monthly.group_by_month(before), monthly.group_by_month(after)
    rows = []
    for month in sorted(months | {month.next() for month in months}):
        earlier, later = summarize_month(month, old), summarize_month(month, new)
        if earlier != later:
            rows.append({"month": str(month), "before": earlier, "after": later})
    return rows
