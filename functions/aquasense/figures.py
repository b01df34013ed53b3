"""Where the readings of a month become a figure.

Computed when asked, from the current versions, with the exact decimals of the files; nothing is
rounded before it is compared or averaged (source: the contract's definitions of the figures).
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal

from aquasense.versions import Version

METRICS = ("temp", "sd", "maxdiff")

# Sums and differences of the digits a number of a file can have stay exact: 119 before the point
# (20 and an exponent of 99), 159 after (60 and 99), and some for the carries of a month. Decimal's
# own operators, abs() among them, round to 28 digits.
EXACT = Context(prec=300)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month. Its text, '2022-12', is also the prefix of its dates."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @classmethod
    def of(cls, iso: str) -> "Month":
        """The month an ISO date or month text is in."""
        return cls(int(iso[:4]), int(iso[5:7]))

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def next(self) -> "Month":
        """The calendar month after."""
        return Month(self.year + 1, 1) if self.month == 12 else Month(self.year, self.month + 1)

    def previous(self) -> "Month":
        """The calendar month before."""
        return Month(self.year - 1, 12) if self.month == 1 else Month(self.year, self.month - 1)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much a figure rests on. ISO dates; the largest gap between two readings in days."""

    readings: int
    first: str
    last: str
    largest_gap_days: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, or None and the reason why there is none."""

    value: Decimal | None
    reason: str | None = None


def coverage(readings: Sequence[Version]) -> Coverage:
    """What is there of a month, given its current readings in order of date; at least one."""
    days = [date.fromisoformat(reading.date) for reading in readings]
    gaps = [(after - before).days for before, after in zip(days, days[1:], strict=False)]
    return Coverage(len(days), readings[0].date, readings[-1].date, max(gaps, default=0))


def temp(readings: Sequence[Version]) -> Figure:
    """Arithmetic mean of the month's means: exact sum, one division, the nearest double."""
    whole = total(Decimal(reading.mean) for reading in readings)
    return Figure(Decimal(repr(float(EXACT.divide(whole, Decimal(len(readings)))))))


def sd(readings: Sequence[Version]) -> Figure:
    """Maximum of the month's deviations, with every digit of the file."""
    return Figure(max(Decimal(reading.deviation) for reading in readings))


def maxdiff(readings: Sequence[Version], previous: Sequence[Version]) -> Figure:
    """Highest mean of the month minus that of the previous calendar month, signed.

    Both are found among the exact decimals; their difference is that of the doubles nearest to
    them, so that it is digit for digit what pandas, R and Excel give for the same two readings.
    """
    if not previous:
        return Figure(None, "the previous month has no readings")
    return Figure(Decimal(repr(float(_highest(readings)) - float(_highest(previous)))))


def total(values: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    found = Decimal(0)
    for value in values:
        found = EXACT.add(found, value)
    return found


def difference(value: Decimal, whole: Decimal, count: int) -> Decimal:
    """A value minus the mean of the others; the nearest double.

    Args:
        value: one of several.
        whole: the sum of them all.
        count: of them all; at least two.
    """
    mean = EXACT.divide(EXACT.subtract(whole, value), Decimal(count - 1))
    return Decimal(repr(float(EXACT.subtract(value, mean))))


def of_month(metric: str, readings: Sequence[Version], previous: Sequence[Version]) -> Figure:
    """The figure of that name.

    Args:
        metric: one of METRICS.
        readings: the month's current readings in order of date; at least one.
        previous: those of the previous calendar month; only maxdiff looks at them.
    """
    match metric:
        case "temp":
            return temp(readings)
        case "sd":
            return sd(readings)
        case "maxdiff":
            return maxdiff(readings, previous)
    raise ValueError(f"no such figure: {metric}")


def by_month(readings: Iterable[Version]) -> dict[str, list[Version]]:
    """Current readings in order of date, by their month: '2022-12'."""
    grouped: dict[str, list[Version]] = defaultdict(list)
    for reading in readings:
        grouped[reading.date[:7]].append(reading)
    return dict(grouped)


def summary(
    month: Month, grouped: Mapping[str, Sequence[Version]]
) -> dict[str, Decimal | int | None] | None:
    """How many readings a month has and all its figures; None where it has none.

    Args:
        month: of the calendar.
        grouped: readings by month, those of the month before among them.
    """
    readings = grouped.get(str(month))
    if not readings:
        return None
    previous = grouped.get(str(month.previous()), ())
    found = {metric: of_month(metric, readings, previous).value for metric in METRICS}
    return {"readings": len(readings), **found}


def _highest(readings: Sequence[Version]) -> Decimal:
    return max(Decimal(reading.mean) for reading in readings)
