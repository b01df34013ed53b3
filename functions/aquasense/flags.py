"""Values that look wrong: kept, and flagged wherever they are used.

The tests are QARTOD's (IOOS Manual for Real-Time Quality Control of In-Situ Temperature and
Salinity Data): timing, gross range, spike, rate of change and gap, each with its verdict; where a
test has nothing to compare with, it is "not evaluated" rather than passed. The limits are the
dataset's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from aquasense.days import FIRST_DAY, LAST_DAY
from aquasense.figures import EXACT
from aquasense.versions import Version, upload_day

PASS, NOT_EVALUATED, SUSPECT, FAIL = "pass", "not_evaluated", "suspect", "fail"

# Too few values on either side say nothing about a file's scale.
SCALE_HISTORY, SCALE_FILE = 8, 3


@dataclass(frozen=True, slots=True)
class Limits:
    """Where values begin to look wrong, in the dataset's unit.

    Attributes:
        fail, suspect: spans (least, greatest) of the mean; outside is FAIL or SUSPECT.
        deviation_suspect: greatest deviation that is not SUSPECT; about ten times the usual one.
        spike_suspect, spike_fail: distance from the middle of both neighbours.
        rate_suspect: change in a day against the reading before.
        gap_suspect_days: days since the reading before. Neighbours further apart than this are
            not compared with each other either.
        scale_suspect: how many times the history's median deviation a file's median may be.
    """

    fail: tuple[Decimal, Decimal]
    suspect: tuple[Decimal, Decimal]
    deviation_suspect: Decimal
    spike_suspect: Decimal
    spike_fail: Decimal
    rate_suspect: Decimal
    gap_suspect_days: int
    scale_suspect: Decimal


def limits(table: dict[str, Any]) -> Limits:
    """The limits of a dataset's [flags] table.

    Raises:
        ValueError: a member is missing, unknown or no number; the message names it.
    """
    unknown = set(table) - {field.name for field in fields(Limits)}
    if unknown:
        raise ValueError(f"flags: unknown member {sorted(unknown)[0]!r}")
    return Limits(
        fail=_span(table, "fail"),
        suspect=_span(table, "suspect"),
        deviation_suspect=_number(table.get("deviation_suspect"), "deviation_suspect"),
        spike_suspect=_number(table.get("spike_suspect"), "spike_suspect"),
        spike_fail=_number(table.get("spike_fail"), "spike_fail"),
        rate_suspect=_number(table.get("rate_suspect"), "rate_suspect"),
        gap_suspect_days=_days(table.get("gap_suspect_days"), "gap_suspect_days"),
        scale_suspect=_number(table.get("scale_suspect"), "scale_suspect"),
    )


def of(
    readings: Sequence[Version], limit: Limits, dates: Collection[str] | None = None
) -> dict[str, dict[str, str]]:
    """The verdict of every test on every reading.

    Args:
        readings: current readings in order of date; the first and last are judged with the
            neighbours that are given (see reach()).
        limit: of the dataset.
        dates: of the readings to judge; all of them without it.

    Returns:
        By ISO date: {"timing": …, "gross_range": …, "spike": …, "rate_of_change": …, "gap": …}.
    """
    days = [date.fromisoformat(reading.date) for reading in readings]
    means = [Decimal(reading.mean) for reading in readings]
    found = {}
    for i, reading in enumerate(readings):
        if dates is not None and reading.date not in dates:
            continue
        since = (days[i] - days[i - 1]).days if i else None
        until = (days[i + 1] - days[i]).days if i + 1 < len(days) else None
        near = since is not None and since <= limit.gap_suspect_days
        between = near and until is not None and until <= limit.gap_suspect_days
        found[reading.date] = {
            "timing": _timing(days[i], reading),
            "gross_range": _gross_range(means[i], Decimal(reading.deviation), limit),
            "spike": (
                _spike(means[i - 1], means[i], means[i + 1], limit) if between else NOT_EVALUATED
            ),
            "rate_of_change": (
                _rate(means[i - 1], means[i], since, limit) if near and since else NOT_EVALUATED
            ),
            "gap": NOT_EVALUATED if since is None else PASS if near else SUSPECT,
        }
    return found


def reach(first: date, last: date, limit: Limits) -> tuple[str, str]:
    """The ISO dates between which is all that decides whether readings look wrong.

    A reading is compared with the ones beside it where they are near enough, and with no other.
    Only the verdict on the gap before it, which says nothing about its value, asks for the reading
    before however long ago that was.

    Args:
        first, last: days of the readings to judge, both included.
        limit: of the dataset.
    """
    near = limit.gap_suspect_days
    earliest = max(first.toordinal() - near, FIRST_DAY.toordinal())
    latest = min(last.toordinal() + near, LAST_DAY.toordinal())
    return date.fromordinal(earliest).isoformat(), date.fromordinal(latest).isoformat()


def looks_wrong(verdicts: dict[str, str]) -> list[str]:
    """What an answer says of a reading: 'spike:suspect', 'gross_range:fail', …; [] if nothing.

    A gap says something about the series, not that the value is wrong; it is in the verdicts.
    """
    return [
        f"{test}:{verdict}"
        for test, verdict in verdicts.items()
        if verdict in (SUSPECT, FAIL) and test != "gap"
    ]


def scale(deviations: Sequence[float], history: Sequence[float], limit: Limits) -> float | None:
    """How many times the history's usual deviation a file's is, where that is suspicious.

    None where it is not, or where either side has too few values to tell. A file in another unit
    or with a slipped decimal point shows here.
    """
    if len(deviations) < SCALE_FILE or len(history) < SCALE_HISTORY:
        return None
    usual = median(history)
    if not usual:
        return None
    ratio = median(deviations) / usual
    return round(ratio, 1) if ratio >= float(limit.scale_suspect) else None


def _timing(day: date, reading: Version) -> str:
    # A day more than the upload's: days end earlier where it is not counted in UTC.
    return FAIL if day > upload_day(reading.order) + timedelta(days=1) else PASS


def _gross_range(mean: Decimal, deviation: Decimal, limit: Limits) -> str:
    if not limit.fail[0] <= mean <= limit.fail[1]:
        return FAIL
    if not limit.suspect[0] <= mean <= limit.suspect[1]:
        return SUSPECT
    return _above(deviation, limit.deviation_suspect)


# Both compare a multiple, because a quotient would have to be rounded.
def _spike(before: Decimal, value: Decimal, after: Decimal, limit: Limits) -> str:
    twice = EXACT.abs(EXACT.subtract(EXACT.add(value, value), EXACT.add(before, after)))
    return FAIL if twice > 2 * limit.spike_fail else _above(twice, 2 * limit.spike_suspect)


def _rate(before: Decimal, value: Decimal, days: int, limit: Limits) -> str:
    return _above(EXACT.abs(EXACT.subtract(value, before)), days * limit.rate_suspect)


def _above(value: Decimal, suspect: Decimal) -> str:
    return SUSPECT if value > suspect else PASS


def _span(table: dict[str, Any], name: str) -> tuple[Decimal, Decimal]:
    span = table.get(name)
    if not isinstance(span, list) or len(span) != 2:
        raise ValueError(f"flags: {name} must be [least, greatest]")
    least, greatest = (_number(bound, name) for bound in span)
    if least > greatest:
        raise ValueError(f"flags: {name} must be [least, greatest]")
    return least, greatest


def _days(value: Any, name: str) -> int:
    days = int(_number(value, name))
    if days < 0:
        raise ValueError(f"flags: {name} must be at least 0")
    return days


def _number(value: Any, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"flags: {name} must be a number")
    return Decimal(str(value))
