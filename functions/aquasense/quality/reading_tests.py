"""The functions of the quality tests: each yields the verdict of a reading at each position.

The registry (quality.registry) declares them. A test without a reading to compare with is "not
evaluated" rather than passed.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache

from aquasense.figures.monthly import EXACT
from aquasense.quality.limits import QualityLimits
from aquasense.quality.model import FAIL, NOT_EVALUATED, PASS, SUSPECT, Series
from aquasense.readings.repeats import find_repeat, is_precise
from aquasense.uploads.identity import parse_upload_date

# QARTOD counts repeated values from the third on.
FLAT_MIN_READINGS = 3


def timing(series: Series, limits: QualityLimits, positions: Sequence[int]) -> Iterator[str]:
    """Compare the date with the day of the upload: readings of a later date fail."""
    for i in positions:
        yield FAIL if series.days[i] > _last_day(series.readings[i].upload_id[:8]) else PASS


def gross_range(series: Series, limits: QualityLimits, positions: Sequence[int]) -> Iterator[str]:
    """Compare mean and deviation with the possible and the usual values."""
    # Rounding is monotonic: doubles strictly inside the limits are inside as exact decimals, too.
    low = float(max(limits.fail[0], limits.suspect[0]))
    high = float(min(limits.fail[1], limits.suspect[1]))
    deviation_limit = float(limits.deviation_suspect)
    for i in positions:
        deviation = series.readings[i].deviation
        if low < series.doubles[i] < high and float(deviation) < deviation_limit:
            yield PASS
        elif not limits.fail[0] <= series.mean(i) <= limits.fail[1]:
            yield FAIL
        elif not limits.suspect[0] <= series.mean(i) <= limits.suspect[1]:
            yield SUSPECT
        else:
            yield SUSPECT if Decimal(deviation) > limits.deviation_suspect else PASS


def spike(series: Series, limits: QualityLimits, positions: Sequence[int]) -> Iterator[str]:
    """Compare the mean with the middle of the means of both neighbours."""
    # Twice the distance: the middle itself may need rounding.
    suspect, fail = 2 * limits.spike_suspect, 2 * limits.spike_fail
    means, near, below = series.doubles, series.near, series.below(min(suspect, fail))
    for i in positions:
        if not (near[i] and near[i + 1]):
            yield NOT_EVALUATED
        elif abs(2 * means[i] - means[i - 1] - means[i + 1]) < below:
            yield PASS
        else:
            neighbours = EXACT.add(series.mean(i - 1), series.mean(i + 1))
            double = EXACT.abs(
                EXACT.subtract(EXACT.multiply(Decimal(2), series.mean(i)), neighbours)
            )
            yield FAIL if double > fail else SUSPECT if double > suspect else PASS


def rate_of_change(
    series: Series, limits: QualityLimits, positions: Sequence[int]
) -> Iterator[str]:
    """Compare the change per day since the previous reading with the limit."""
    means, below = series.doubles, series.below(limits.rate_suspect)
    for i in positions:
        if not series.near[i]:
            yield NOT_EVALUATED
            continue
        days = series.days[i] - series.days[i - 1]
        if abs(means[i] - means[i - 1]) < days * below:
            yield PASS
        else:
            change = EXACT.abs(EXACT.subtract(series.mean(i), series.mean(i - 1)))
            yield SUSPECT if change > days * limits.rate_suspect else PASS


def gap(series: Series, limits: QualityLimits, positions: Sequence[int]) -> Iterator[str]:
    """Compare the number of days since the previous reading with the limit."""
    for i in positions:
        yield NOT_EVALUATED if i == 0 else PASS if series.near[i] else SUSPECT


def flat_line(series: Series, limits: QualityLimits, positions: Sequence[int]) -> Iterator[str]:
    """Compare the spread of the means over some days with the tolerance."""
    tolerance, near, means = limits.flat_tolerance, series.near, series.doubles
    above = series.above(tolerance)
    for i in positions:
        if not tolerance or not near[i]:
            yield NOT_EVALUATED
        elif abs(means[i] - means[i - 1]) > above:
            yield PASS
        else:
            suspect = _find_window(series, i, limits.flat_suspect_days)
            fail = _find_window(series, i, limits.flat_fail_days)
            if fail is not None and _is_flat(series, fail, i, tolerance):
                yield FAIL
            elif suspect is None:
                yield NOT_EVALUATED
            else:
                yield SUSPECT if _is_flat(series, suspect, i, tolerance) else PASS


def repeat(series: Series, limits: QualityLimits, positions: Sequence[int]) -> Iterator[str]:
    """Look for the same mean or deviation at another date; a suspect verdict names the date."""
    for i in positions:
        reading = series.readings[i]
        if other := find_repeat(reading):
            yield f"{SUSPECT}:{other}"
        elif is_precise(reading.mean) or is_precise(reading.deviation):
            yield PASS
        else:
            yield NOT_EVALUATED


def _find_window(series: Series, i: int, days: int) -> int | None:
    """Return the first reading of the days up to reading i, without a gap between them.

    Returns:
        None with too few readings: fewer than FLAT_MIN_READINGS, or so short a time that another
        interval, as long as their longest, would still be within the days.
    """
    first, longest, last_day = i, 0, series.days[i]
    while series.near[first] and last_day - series.days[first - 1] <= days:
        longest = max(longest, series.days[first] - series.days[first - 1])
        first -= 1
    too_few = i - first + 1 < FLAT_MIN_READINGS
    return None if too_few or last_day - series.days[first] + longest <= days else first


def _is_flat(series: Series, first: int, last: int, tolerance: Decimal) -> bool:
    """Return True if the means of readings first to last differ by less than the tolerance."""
    doubles = series.doubles[first : last + 1]
    if max(doubles) - min(doubles) > series.above(tolerance):
        return False
    means = [series.mean(i) for i in range(first, last + 1)]
    return EXACT.subtract(max(means), min(means)) < tolerance


@lru_cache(maxsize=1024)
def _last_day(upload_date: str) -> int:
    # One day later than the UTC date: east of UTC the next day begins earlier.
    return (parse_upload_date(upload_date) + timedelta(days=1)).toordinal()
