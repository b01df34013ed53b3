"""Compute the monthly figures from the current readings of a month.

Every figure is computed from the exact decimals of the files; nothing is rounded before it is
compared or averaged. The definitions are in figures.registry.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import reduce
from itertools import groupby, pairwise

from aquasense.readings.versions import Version

# Digits for exact sums and differences: a number of a file has up to 119 before the point (20 and
# an exponent of 99) and 159 after it (60 and 99). Decimal's own operators, abs() among them, round
# to 28 digits.
EXACT = Context(prec=300)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The readings of a month.

    Attributes:
        readings: their number.
        first, last: ISO dates.
        largest_gap_days: greatest number of days from one reading to the next; 0 for one reading.
    """

    readings: int
    first: str
    last: str
    largest_gap_days: int


@dataclass(frozen=True, slots=True)
class FigureValue:
    """The value of a figure in the dataset's unit, or None and the reason."""

    value: Decimal | None
    reason: str | None = None


def compute_coverage(readings: Sequence[Version]) -> Coverage:
    """Return the coverage of a month.

    Args:
        readings: current readings in order of date; at least one.
    """
    days = [int(reading.date[8:]) for reading in readings]
    gaps = (after - before for before, after in pairwise(days))
    return Coverage(len(days), readings[0].date, readings[-1].date, max(gaps, default=0))


def monthly_mean(readings: Sequence[Version], previous: Sequence[Version] = ()) -> FigureValue:
    """Return the mean of the means as the nearest double of the exact quotient."""
    total = sum_exactly(Decimal(reading.mean) for reading in readings)
    return FigureValue(round_to_double(EXACT.divide(total, Decimal(len(readings)))))


def greatest_deviation(
    readings: Sequence[Version], previous: Sequence[Version] = ()
) -> FigureValue:
    """Return the maximum of the deviations, with every digit of the file."""
    return FigureValue(max(Decimal(reading.deviation) for reading in readings))


def change_of_maximum(readings: Sequence[Version], previous: Sequence[Version]) -> FigureValue:
    """Return the highest mean minus the highest mean of the previous month, signed.

    The maxima are of the exact decimals; the difference is that of the nearest doubles, so that
    pandas, R and Excel give the same digits for the same readings.
    """
    if not previous:
        return FigureValue(None, "the previous month has no readings")
    change = float(_highest_mean(readings)) - float(_highest_mean(previous))
    return FigureValue(Decimal(repr(change)))


def sum_exactly(values: Iterable[Decimal]) -> Decimal:
    """Return the exact sum."""
    return reduce(EXACT.add, values, Decimal(0))


def compare_with_others(value: Decimal, total: Decimal, count: int) -> Decimal:
    """Return a value minus the mean of the others, as the nearest double.

    Args:
        value: one of several values.
        total: exact sum of all values.
        count: number of all values; at least two.
    """
    mean = EXACT.divide(EXACT.subtract(total, value), Decimal(count - 1))
    return round_to_double(EXACT.subtract(value, mean))


def group_by_month(readings: Iterable[Version]) -> dict[str, list[Version]]:
    """Return the readings of each month, '2022-12', from current readings in order of date."""
    months = groupby(readings, lambda reading: reading.date[:7])
    return {month: list(group) for month, group in months}


def round_to_double(value: Decimal) -> Decimal:
    """Return the nearest double as a decimal."""
    return Decimal(repr(float(value)))


def _highest_mean(readings: Sequence[Version]) -> Decimal:
    return max(Decimal(reading.mean) for reading in readings)
