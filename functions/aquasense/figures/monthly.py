"""Compute the monthly figures of aquasense.definitions from the current readings of a month.

Every figure is computed from the exact decimals of the files; nothing is rounded before it is
compared or averaged (source: the contract's definitions of the figures).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import reduce
from itertools import groupby, pairwise

from aquasense.readings.versions import Version

# Sums and differences of the digits a number of a file can have stay exact: 119 before the point
# (20 and an exponent of 99), 159 after (60 and 99), and some for the carries of a month. Decimal's
# own operators, abs() among them, round to 28 digits.
EXACT = Context(prec=300)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much a figure rests on. ISO dates; the largest gap between two readings in days."""

    readings: int
    first: str
    last: str
    largest_gap_days: int


@dataclass(frozen=True, slots=True)
class FigureValue:
    """The value of a figure, or None and the reason."""

    value: Decimal | None
    reason: str | None = None


def compute_coverage(readings: Sequence[Version]) -> Coverage:
    """Return what a month's figures rest on.

    Args:
        readings: current readings in order of date; at least one.
    """
    days = [int(reading.date[8:]) for reading in readings]
    gaps = (after - before for before, after in pairwise(days))
    return Coverage(len(days), readings[0].date, readings[-1].date, max(gaps, default=0))


def monthly_mean(readings: Sequence[Version], previous: Sequence[Version] = ()) -> FigureValue:
    """Return the mean of the means: exact sum, one division, the nearest double."""
    whole = sum_exactly(Decimal(reading.mean) for reading in readings)
    return FigureValue(_nearest_double(EXACT.divide(whole, Decimal(len(readings)))))


def greatest_deviation(
    readings: Sequence[Version], previous: Sequence[Version] = ()
) -> FigureValue:
    """Return the maximum of the deviations, with every digit of the file."""
    return FigureValue(max(Decimal(reading.deviation) for reading in readings))


def change_of_maximum(readings: Sequence[Version], previous: Sequence[Version]) -> FigureValue:
    """Return the highest mean minus that of the previous month, signed.

    Both maxima are taken among the exact decimals; their difference is that of the nearest
    doubles, so that it is digit for digit what pandas, R and Excel give for the same readings.
    """
    if not previous:
        return FigureValue(None, "the previous month has no readings")
    change = float(_highest_mean(readings)) - float(_highest_mean(previous))
    return FigureValue(Decimal(repr(change)))


def sum_exactly(values: Iterable[Decimal]) -> Decimal:
    """Return the exact sum."""
    return reduce(EXACT.add, values, Decimal(0))


def compare_with_others(value: Decimal, whole: Decimal, count: int) -> Decimal:
    """Return a value minus the mean of the others, as the nearest double.

    Args:
        value: one of several.
        whole: the sum of them all.
        count: of them all; at least two.
    """
    mean = EXACT.divide(EXACT.subtract(whole, value), Decimal(count - 1))
    return _nearest_double(EXACT.subtract(value, mean))


def group_by_month(readings: Iterable[Version]) -> dict[str, list[Version]]:
    """Group current readings in order of date by their month: '2022-12'."""
    return {month: list(group) for month, group in groupby(readings, lambda one: one.date[:7])}


def _nearest_double(value: Decimal) -> Decimal:
    return Decimal(repr(float(value)))


def _highest_mean(readings: Sequence[Version]) -> Decimal:
    return max(Decimal(reading.mean) for reading in readings)
