"""What is different between two moments: dates, and the figures of the months they are in."""

from collections.abc import Iterable, Sequence
from typing import Any

from aquasense import answers, figures
from aquasense.figures import Month
from aquasense.versions import Version, current

NEW, CHANGED, WITHDRAWN = "new", "changed", "withdrawn"


def between(versions: Iterable[Version], since: str, until: str | None) -> dict[str, Any]:
    """The readings and months that differ.

    Args:
        versions: of all the dataset's dates, from all uploads.
        since, until: places in the order, or the beginnings of one; until None is now.
    """
    known = list(versions)
    before, after = current(known, since), current(known, until)
    readings = _readings(before, after)
    return {
        "months": _months({row["date"][:7] for row in readings}, before, after),
        "readings": readings,
    }


def _readings(before: Sequence[Version], after: Sequence[Version]) -> list[dict[str, Any]]:
    old = {reading.date: reading for reading in before}
    new = {reading.date: reading for reading in after}
    found = []
    for day in sorted(old.keys() | new.keys()):
        was, now = old.get(day), new.get(day)
        if was and now and was.same_values(now):
            continue
        what = NEW if not was else CHANGED if now else WITHDRAWN
        found.append({"date": day, "change": what, "before": _value(was), "after": _value(now)})
    return found


def _value(reading: Version | None) -> dict[str, Any] | None:
    return None if reading is None else answers.values(reading) | answers.source(reading)


def _months(
    touched: Iterable[str], before: Sequence[Version], after: Sequence[Version]
) -> list[dict[str, Any]]:
    """The touched months, and those after them whose maxdiff rests on them."""
    months = {Month.of(month) for month in touched}
    old, new = figures.by_month(before), figures.by_month(after)
    found = []
    for month in sorted(months | {month.next() for month in months}):
        was, now = figures.summary(month, old), figures.summary(month, new)
        if was != now:
            found.append({"month": str(month), "before": was, "after": now})
    return found
