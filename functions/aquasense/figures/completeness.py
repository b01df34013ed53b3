"""Decide whether a month has enough readings to be compared with another month."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from aquasense.dates import Month
from aquasense.readings.versions import Version


@dataclass(frozen=True, slots=True)
class CompletenessRule:
    """Requirements of a complete month.

    Attributes:
        readings: minimum number of readings.
        days: maximum number of days in a row without a reading; the ends of the month count.
    """

    readings: int = 3
    days: int = 14

    def __str__(self) -> str:
        return (
            f"at least {self.readings} readings, and never more than {self.days} days in a row "
            "without one, the ends of the month counted"
        )


@dataclass(frozen=True, slots=True)
class Shortcoming:
    """One reason why a month is not complete.

    Attributes:
        month: '2022-11'.
        code: 'no_readings', 'few_readings' or 'days_without'.
        count: number of readings, or of days in a row without one.
        detail: the reason as a sentence.
    """

    month: str
    code: str
    count: int
    detail: str


def parse_rule(table: Any) -> CompletenessRule:
    """Parse a dataset's `complete` table; an absent member has its default.

    Raises:
        ValueError: a member is unknown, or not a whole number of at least 1.
    """
    if not isinstance(table, dict):
        raise ValueError("complete: must be a table")
    members = asdict(CompletenessRule())
    for name, value in table.items():
        if name not in members:
            raise ValueError(f"complete: unknown member {name!r}")
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"complete: {name} must be a whole number of at least 1")
    return CompletenessRule(**table)


def find_shortcomings(
    month: Month, readings: Sequence[Version], rule: CompletenessRule
) -> list[Shortcoming]:
    """Return the reasons why a month is not complete; an empty list if it is.

    Args:
        month: calendar month.
        readings: its current readings in order of date.
        rule: of the dataset.
    """
    name = str(month)
    if not readings:
        return [Shortcoming(name, "no_readings", 0, f"{name} has no readings")]
    reasons = []
    count = len(readings)
    if count < rule.readings:
        counted = "1 reading" if count == 1 else f"{count} readings"
        detail = f"{name} has only {counted}, fewer than {rule.readings}"
        reasons.append(Shortcoming(name, "few_readings", count, detail))
    days = _count_longest_gap(month, readings)
    if days > rule.days:
        detail = f"{name} has {days} days in a row without a reading, more than {rule.days}"
        reasons.append(Shortcoming(name, "days_without", days, detail))
    return reasons


def _count_longest_gap(month: Month, readings: Sequence[Version]) -> int:
    """Return the greatest number of days in a row without a reading."""
    days = [int(reading.date[8:]) for reading in readings]
    marks = [0, *days, month.last_day.day + 1]
    return max(after - before for before, after in pairwise(marks)) - 1


def comparability_members(
    rule: CompletenessRule, month: Month, own: Sequence[Version], previous: Sequence[Version]
) -> dict[str, Any]:
    """Return whether a month can be compared with the previous one, as JSON members.

    Args:
        rule: of the dataset.
        month: calendar month.
        own, previous: current readings of the month and of the previous one, in order of date.
    """
    reasons = [
        *find_shortcomings(month.previous(), previous, rule),
        *find_shortcomings(month, own, rule),
    ]
    return {"comparable": not reasons, "reasons": [asdict(reason) for reason in reasons]}
