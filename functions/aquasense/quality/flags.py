"""Verdicts and flags of readings: they are kept, and flagged wherever they are used."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from aquasense.dates import FIRST_DAY, LAST_DAY
from aquasense.quality.limits import QualityLimits
from aquasense.quality.model import FAIL, SUSPECT, Series
from aquasense.quality.registry import QUALITY_TESTS, READING_TESTS
from aquasense.readings.versions import Version
from aquasense.text import Text

_DOUBTFUL = {
    SUSPECT: Text(es="dudoso", en="doubtful"),
    FAIL: Text(es="muy dudoso", en="very doubtful"),
}


def evaluate(
    readings: Sequence[Version], limits: QualityLimits, dates: Collection[str] | None = None
) -> dict[str, dict[str, str]]:
    """Return the verdict of every test on every reading.

    Args:
        readings: current readings in order of date, with all the neighbours that verdicts depend
            on (see required_range and required_neighbours).
        limits: of the dataset.
        dates: of the readings to evaluate; all of them without it.

    Returns:
        By ISO date, verdicts by test. Readings of equal verdicts share a dict: do not change it.
    """
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


def required_neighbours(limits: QualityLimits) -> tuple[int, int]:
    """Return how many readings before and after one its flags depend on."""
    tests = [test for test in READING_TESTS if test.doubt]
    return max(test.before(limits) for test in tests), max(test.after(limits) for test in tests)


def required_range(first: date, last: date, limits: QualityLimits) -> tuple[str, str]:
    """Return the ISO dates between which are all readings that flags depend on.

    Tests that raise no doubt may need readings before them.

    Args:
        first, last: days of the readings to evaluate, both included.
        limits: of the dataset.
    """
    before, after = (count * limits.gap_suspect_days for count in required_neighbours(limits))
    earliest = max(first.toordinal() - before, FIRST_DAY.toordinal())
    latest = min(last.toordinal() + after, LAST_DAY.toordinal())
    return date.fromordinal(earliest).isoformat(), date.fromordinal(latest).isoformat()


def list_flags(verdicts: dict[str, str]) -> list[str]:
    """Return the verdicts that raise doubt: 'spike:suspect', 'gross_range:fail', …"""
    return [
        f"{test}:{verdict}"
        for test, verdict in verdicts.items()
        if verdict in _DOUBTFUL and QUALITY_TESTS[test].doubt
    ]


def quality_tests_for_page() -> dict[str, dict[str, str]]:
    """Return the words of tests and verdicts that flags consist of, by language."""
    words = {test.name: test.label for test in READING_TESTS if test.doubt} | _DOUBTFUL
    return {
        "en": {name: label.en for name, label in words.items()},
        "es": {name: label.es for name, label in words.items()},
    }


def list_flags_by_date(
    readings: Iterable[Version], verdicts: Mapping[str, dict[str, str]]
) -> dict[str, list[str]]:
    """Return the flags of each reading that has any, by date."""
    flags = ((reading.date, list_flags(verdicts[reading.date])) for reading in readings)
    return {date: names for date, names in flags if names}
