"""Propose the limits of a dataset from its own history, by robust statistics.

A robust deviation is 1.4826 times the median absolute deviation from the median: the standard
deviation of normally distributed values, which a few wrong readings do not change. A limit is the
smallest multiple of it, in steps of a quarter, that flags no more than its share of the history;
the greatest multiple bounds it where the history itself has many errors. Limits that no history
can tell stay: `fail`, what nature cannot give; `scale_suspect`; those of a flat line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from itertools import pairwise
from math import exp, log
from statistics import median, quantiles

from aquasense.quality.limits import QualityLimits
from aquasense.quality.model import Series
from aquasense.readings.versions import Version

# Fewer readings have no reliable median.
MIN_READINGS = 12
LEAST_MULTIPLE, GREATEST_MULTIPLE, STEP = 3.0, 8.0, 0.25
# Shares of the history that each test may flag: together less than one reading in a hundred.
SPIKE_SHARE, RATE_SHARE, DEVIATION_SHARE = 0.006, 0.002, 0.001
# The usual range is that of the middle 99 %, and a tenth of its width on each side.
WIDENING = 0.1
_NORMAL = 1.4826


def propose_limits(readings: Sequence[Version], limits: QualityLimits) -> QualityLimits:
    """Return limits for a dataset.

    Args:
        readings: current readings in order of date.
        limits: those of today, for what the history cannot tell.

    Raises:
        ValueError: there are fewer than MIN_READINGS readings.
    """
    if len(readings) < MIN_READINGS:
        raise ValueError(f"{len(readings)} readings are too few: {MIN_READINGS} are needed")
    steps = [after - before for before, after in pairwise(Series(readings, limits).days)]
    limits = replace(limits, gap_suspect_days=3 * round(median(steps)))
    series = Series(readings, limits)
    means, near = series.doubles, series.near
    spikes = [
        means[i] - (means[i - 1] + means[i + 1]) / 2
        for i in range(1, len(means) - 1)
        if near[i] and near[i + 1]
    ]
    rates = [(means[i] - means[i - 1]) / steps[i - 1] for i in range(1, len(means)) if near[i]]
    spike = _find_limit(spikes, SPIKE_SHARE) or limits.spike_suspect
    return replace(
        limits,
        suspect=_find_span(means, limits),
        deviation_suspect=_find_deviation(readings) or limits.deviation_suspect,
        spike_suspect=spike,
        spike_fail=2 * spike,
        rate_suspect=_find_limit(rates, RATE_SHARE) or limits.rate_suspect,
    )


def _find_limit(values: Sequence[float], share: float) -> Decimal | None:
    """Return a limit for the distance from zero; None without a deviation."""
    middle = median(values) if values else 0.0
    robust = _NORMAL * median(abs(value - middle) for value in values) if values else 0.0
    if not robust:
        return None
    return _round_up(_multiply(map(abs, values), 0.0, robust, share))


def _multiply(values: Iterable[float], middle: float, robust: float, share: float) -> float:
    """Return the middle and the least multiple of the deviation that flags at most the share."""
    values = list(values)
    multiple = LEAST_MULTIPLE
    while multiple < GREATEST_MULTIPLE:
        if sum(value > middle + multiple * robust for value in values) <= share * len(values):
            break
        multiple += STEP
    return middle + multiple * robust


def _find_span(means: Sequence[float], limits: QualityLimits) -> tuple[Decimal, Decimal]:
    cuts = quantiles(means, n=200, method="inclusive")
    margin = (cuts[-1] - cuts[0]) * WIDENING
    least, greatest = _round_down(cuts[0] - margin), _round_up(cuts[-1] + margin)
    return max(least, limits.fail[0]), min(greatest, limits.fail[1])


def _find_deviation(readings: Sequence[Version]) -> Decimal | None:
    """Return a limit for the deviations, whose logarithms are compared: they are never negative."""
    logs = [log(float(reading.deviation)) for reading in readings if float(reading.deviation)]
    middle = median(logs) if logs else 0.0
    robust = _NORMAL * median(abs(value - middle) for value in logs) if logs else 0.0
    if not robust:
        return None
    return _round_up(exp(_multiply(logs, middle, robust, DEVIATION_SHARE)))


def _round_up(value: float) -> Decimal:
    return _round(value, ROUND_CEILING)


def _round_down(value: float) -> Decimal:
    return _round(value, ROUND_FLOOR)


def _round(value: float, rounding: str) -> Decimal:
    """Return two significant digits, rounded away from the usual values."""
    number = Context(prec=2, rounding=rounding).create_decimal(repr(value))
    return Decimal(format(number, "f"))
