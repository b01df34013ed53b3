"""The registry of quality tests. Columns, schemas, mails, page and docs follow from it.

The tests are QARTOD's (IOOS Manual for Real-Time Quality Control of In-Situ Temperature and
Salinity Data). A test without a reading to compare with is "not evaluated" rather than passed.
Adding a test is its function, an entry of QUALITY_TESTS and its limits in quality.limits
(docs/changing.md).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from statistics import median

from aquasense.figures.monthly import EXACT
from aquasense.quality.limits import QualityLimits
from aquasense.quality.model import (
    FAIL,
    NOT_EVALUATED,
    PASS,
    SUSPECT,
    QualityTest,
    ReadingTest,
    Series,
)
from aquasense.text import Text
from aquasense.uploads.identity import parse_upload_date

# Fewer deviations have no reliable median.
SCALE_MIN_HISTORY, SCALE_MIN_FILE = 8, 3


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


def scale_ratio(
    deviations: Sequence[float], history: Sequence[float], limits: QualityLimits
) -> float | None:
    """Return the ratio of the file's median deviation to the history's, if it is suspect.

    A file in another unit or with a misplaced decimal point has a great ratio.

    Args:
        deviations: of the file's readings.
        history: deviations of the readings that were current before.
        limits: of the dataset.

    Returns:
        The ratio with one decimal; None below the limit, or with too few values.
    """
    if len(deviations) < SCALE_MIN_FILE or len(history) < SCALE_MIN_HISTORY:
        return None
    usual = median(history)
    if not usual:
        return None
    ratio = median(deviations) / usual
    return round(ratio, 1) if ratio >= float(limits.scale_suspect) else None


@lru_cache(maxsize=1024)
def _last_day(upload_date: str) -> int:
    # One day later than the UTC date: east of UTC the next day begins earlier.
    return (parse_upload_date(upload_date) + timedelta(days=1)).toordinal()


QUALITY_TESTS: dict[str, QualityTest] = {
    test.name: test
    for test in (
        ReadingTest(
            name="timing",
            evaluate=timing,
            verdicts=(PASS, FAIL),
            label=Text(es="fecha futura", en="in the future"),
            doubt=Text(es="la fecha es futura", en="its date is in the future"),
            question="can it have been measured yet?",
            fail="its date is later than the day after its upload",
        ),
        ReadingTest(
            name="gross_range",
            evaluate=gross_range,
            label=Text(es="fuera de rango", en="out of range"),
            doubt=Text(es="el valor está fuera de rango", en="the value is out of range"),
            question="is the value one there can be?",
            suspect="the mean is outside what is usual, or the deviation is about ten times the "
            "usual one",
            fail="the mean is outside what the sensor or nature can give",
        ),
        ReadingTest(
            name="spike",
            evaluate=spike,
            before=lambda limits: 1,
            after=lambda limits: 1,
            label=Text(es="pico aislado", en="lone spike"),
            doubt=Text(
                es="pico aislado entre sus vecinas", en="a lone spike between its neighbours"
            ),
            question="does it fit between the readings before and after?",
            suspect="its mean is far from the middle of theirs",
            fail="very far",
        ),
        ReadingTest(
            name="rate_of_change",
            evaluate=rate_of_change,
            before=lambda limits: 1,
            label=Text(es="cambio demasiado rápido", en="changes too fast"),
            doubt=Text(es="cambio demasiado rápido", en="it changes too fast"),
            question="can it have changed so fast?",
            suspect="its mean differs too much from the reading before, for the days between them",
        ),
        ReadingTest(
            name="gap",
            evaluate=gap,
            label=Text(es="hueco antes", en="gap before it"),
            doubt=None,
            question="is the reading before near enough?",
            suspect="it is longer ago than it should be. That is no fault of this reading, so it "
            "is no flag",
        ),
        QualityTest(
            name="scale",
            label=Text(es="otra escala", en="another scale"),
            doubt=Text(
                es="las desviaciones del fichero son unas {} veces las habituales",
                en="the file's deviations are about {} times the usual",
            ),
            question="(of a whole file) does it have the usual scale?",
            suspect="its median deviation is many times the history's, as in another unit or with "
            "a slipped decimal point",
        ),
    )
}
READING_TESTS = [test for test in QUALITY_TESTS.values() if isinstance(test, ReadingTest)]
