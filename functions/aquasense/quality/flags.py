"""Evaluate the quality tests and list the flags of readings.

A verdict is the result of one test. A flag is a verdict that raises doubt about the value. Flagged
readings are kept, and carry their flags wherever they are used.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from aquasense.dates import FIRST_DAY, LAST_DAY
from aquasense.quality.limits import QualityLimits
from aquasense.quality.model import FAIL, NOT_EVALUATED, PASS, SUSPECT, Series
from aquasense.quality.registry import QUALITY_TESTS, READING_TESTS
from aquasense.readings.versions import Version, select_counting, without_reviews
from aquasense.text import Text

_DETAILED = [test.name for test in READING_TESTS if test.has_detail]
_CLEAR = {PASS, NOT_EVALUATED}
_DOUBTFUL = {
    SUSPECT: Text(es="dudoso", en="doubtful"),
    FAIL: Text(es="muy dudoso", en="very doubtful"),
}


def evaluate(
    readings: Sequence[Version], limits: QualityLimits, dates: Collection[str] | None = None
) -> dict[str, dict[str, str]]:
    """Return the verdict of every test on every reading.

    A bad reading is no neighbour of others; it has the verdicts that it would have if there were
    no review.

    Args:
        readings: current readings in order of date, with the neighbours that the verdicts depend on
            (required_range, required_days).
        limits: of the dataset.
        dates: ISO dates of the readings to evaluate; None evaluates all of them.

    Returns:
        By ISO date, verdicts by test, which may have a detail: 'suspect:2022-12-07'. Equal
        verdicts share one dict: do not change it.
    """
    bad = {reading.date for reading in readings if reading.is_bad}
    if not bad:
        return _evaluate(readings, limits, dates)
    chosen = bad if dates is None else bad.intersection(dates)
    return _evaluate(select_counting(readings), limits, dates) | _evaluate(
        without_reviews(readings), limits, chosen
    )


def _evaluate(
    readings: Sequence[Version], limits: QualityLimits, dates: Collection[str] | None
) -> dict[str, dict[str, str]]:
    series = Series(readings, limits)
    positions = [i for i, reading in enumerate(readings) if dates is None or reading.date in dates]
    verdicts = zip(
        *(test.evaluate(series, limits, positions) for test in READING_TESTS), strict=True
    )
    names = [test.name for test in READING_TESTS]
    shared: dict[tuple[str, ...], dict[str, str]] = {}
    evaluated = {}
    for i, values in zip(positions, verdicts, strict=True):
        if values not in shared:
            shared[values] = dict(zip(names, values, strict=True))
        evaluated[readings[i].date] = shared[values]
    return evaluated


def required_days(limits: QualityLimits) -> tuple[int, int]:
    """Return how many days before and after a reading its flags depend on."""
    tests = [test for test in READING_TESTS if test.doubt]
    return max(test.days_before(limits) for test in tests), max(
        test.days_after(limits) for test in tests
    )


def required_range(first: date, last: date, limits: QualityLimits) -> tuple[str, str]:
    """Return the first and the last ISO date of the readings that flags depend on.

    Verdicts that raise no doubt may depend on earlier readings.

    Args:
        first, last: dates of the readings to evaluate, both included.
        limits: of the dataset.
    """
    before, after = required_days(limits)
    earliest = max(first.toordinal() - before, FIRST_DAY.toordinal())
    latest = min(last.toordinal() + after, LAST_DAY.toordinal())
    return date.fromordinal(earliest).isoformat(), date.fromordinal(latest).isoformat()


def list_flags(verdicts: dict[str, str]) -> list[str]:
    """Return the flags among the verdicts of a reading: 'spike:suspect', 'gross_range:fail', …"""
    return [
        f"{test}:{verdict}"
        for test, verdict in verdicts.items()
        if verdict not in _CLEAR and QUALITY_TESTS[test].doubt
    ]


def without_details(verdicts: dict[str, str]) -> dict[str, str]:
    """Return the verdicts of a reading without details, as their schema has them."""
    if not any(":" in verdicts[test] for test in _DETAILED):
        return verdicts
    return {test: verdict.partition(":")[0] for test, verdict in verdicts.items()}


def list_flag_labels() -> dict[str, dict[str, str]]:
    """Return the labels of the tests and verdicts in flags, by language code."""
    labels = {test.name: test.label for test in READING_TESTS if test.doubt} | _DOUBTFUL
    return {
        "en": {name: label.en for name, label in labels.items()},
        "es": {name: label.es for name, label in labels.items()},
    }


def list_flags_by_date(
    readings: Iterable[Version], verdicts: Mapping[str, dict[str, str]]
) -> dict[str, list[str]]:
    """Return the flags of the flagged readings that no review has settled, by ISO date."""
    flags = (
        (reading.date, list_flags(verdicts[reading.date]))
        for reading in readings
        if not reading.review
    )
    return {date: names for date, names in flags if names}
