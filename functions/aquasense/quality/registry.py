"""The registry of quality tests. Columns, schemas, mails, page and docs follow from it.

The tests are QARTOD's (IOOS Manual for Real-Time Quality Control of In-Situ Temperature and
Salinity Data). Adding a test is its function in quality.reading_tests, an entry of QUALITY_TESTS
and its limits in quality.limits (docs/changing.md).
"""

from collections.abc import Sequence
from statistics import median

from aquasense.quality import reading_tests
from aquasense.quality.limits import QualityLimits
from aquasense.quality.model import (
    FAIL,
    NOT_EVALUATED,
    PASS,
    SUSPECT,
    QualityTest,
    ReadingTest,
)
from aquasense.text import Text

# Fewer deviations have no reliable median.
SCALE_MIN_HISTORY, SCALE_MIN_FILE = 8, 3


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


QUALITY_TESTS: dict[str, QualityTest] = {
    test.name: test
    for test in (
        ReadingTest(
            name="timing",
            evaluate=reading_tests.timing,
            verdicts=(PASS, FAIL),
            label=Text(es="fecha futura", en="in the future"),
            doubt=Text(es="la fecha es futura", en="its date is in the future"),
            question="can it have been measured yet?",
            fail="its date is later than the day after its upload",
        ),
        ReadingTest(
            name="gross_range",
            evaluate=reading_tests.gross_range,
            label=Text(es="fuera de rango", en="out of range"),
            doubt=Text(es="el valor está fuera de rango", en="the value is out of range"),
            question="is the value one there can be?",
            suspect="the mean is outside what is usual, or the deviation is about ten times the "
            "usual one",
            fail="the mean is outside what the sensor or nature can give",
        ),
        ReadingTest(
            name="spike",
            evaluate=reading_tests.spike,
            days_before=lambda limits: limits.gap_suspect_days,
            days_after=lambda limits: limits.gap_suspect_days,
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
            evaluate=reading_tests.rate_of_change,
            days_before=lambda limits: limits.gap_suspect_days,
            label=Text(es="cambio demasiado rápido", en="changes too fast"),
            doubt=Text(es="cambio demasiado rápido", en="it changes too fast"),
            question="can it have changed so fast?",
            suspect="its mean differs too much from the reading before, for the days between them",
        ),
        ReadingTest(
            name="gap",
            evaluate=reading_tests.gap,
            label=Text(es="hueco antes", en="gap before it"),
            doubt=None,
            question="is the reading before near enough?",
            suspect="it is longer ago than it should be. That is no fault of this reading, so it "
            "is no flag",
        ),
        ReadingTest(
            name="flat_line",
            evaluate=reading_tests.flat_line,
            days_before=lambda limits: (
                max(limits.flat_suspect_days, limits.flat_fail_days) if limits.flat_tolerance else 0
            ),
            label=Text(es="no varía", en="flat line"),
            doubt=Text(es="apenas varía desde hace días", en="it has hardly varied for days"),
            question="does the series vary at all?",
            suspect="the means of two weeks (`flat_suspect_days`) are all but equal",
            fail="those of three weeks (`flat_fail_days`) are",
        ),
        ReadingTest(
            name="repeat",
            evaluate=reading_tests.repeat,
            has_detail=True,
            verdicts=(PASS, NOT_EVALUATED, SUSPECT),
            label=Text(es="repite el valor de", en="repeats the value of"),
            doubt=Text(
                es="repite la media o la desviación de {}",
                en="it repeats the mean or the deviation of {}",
            ),
            question="is it a copy of another date?",
            suspect="another date anywhere in the history has the same mean or the same deviation, "
            "digit for digit; the flag names it (`repeat:suspect:2022-12-07`)",
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
