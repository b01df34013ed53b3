"""The types of quality tests, and the series of readings that they evaluate."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from aquasense.quality.limits import QualityLimits
from aquasense.readings.versions import Version
from aquasense.text import Text

PASS, NOT_EVALUATED, SUSPECT, FAIL = "pass", "not_evaluated", "suspect", "fail"


class Series:
    """Current readings in order of date, prepared for the tests.

    Attributes:
        readings: current readings.
        days: proleptic Gregorian ordinals of their dates.
        doubles: their means as the nearest doubles.
        near: True where at most gap_suspect_days lie between readings i - 1 and i, so that they
            can be compared. Its length is one more than that of readings; both ends are False.
    """

    def __init__(self, readings: Sequence[Version], limits: QualityLimits) -> None:
        """Prepare the readings of a dataset with these limits."""
        self.readings = readings
        self.days = [date.fromisoformat(reading.date).toordinal() for reading in readings]
        self.doubles = [float(reading.mean) for reading in readings]
        gaps = (after - before for before, after in pairwise(self.days))
        self.near = [False, *(days <= limits.gap_suspect_days for days in gaps), False]
        self._greatest = max(map(abs, self.doubles), default=0.0)

    def mean(self, i: int) -> Decimal:
        """Return the exact mean of reading i."""
        return Decimal(self.readings[i].mean)

    def below(self, limit: Decimal) -> float:
        """Return a bound for doubles: a result below it is also below the limit if exact.

        Valid for sums and differences of up to four means: their rounding errors are less than
        1e-14 of the greatest mean, so that a margin of 1e-9 is safe. Only results above it are
        computed again with exact decimals.
        """
        return float(limit) * (1 - 1e-9) - self._greatest * 1e-9

    def above(self, limit: Decimal) -> float:
        """Return a bound for doubles: a result above it is also above the limit if exact."""
        return float(limit) * (1 + 1e-9) + self._greatest * 1e-9


type ReadingVerdicts = Callable[[Series, QualityLimits, Sequence[int]], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityTest:
    """A test of a whole file, or of each reading (ReadingTest).

    Attributes:
        name: in answers, receipts and alerts.
        label: on the page.
        doubt: phrase in mails, with `{}` for the last part of 'scale:12.3'; None if the verdict
            says nothing about the value and so is no flag.
        question, suspect, fail: sentences in docs/files.md.
    """

    name: str
    label: Text
    doubt: Text | None
    question: str
    suspect: str = ""
    fail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingTest(QualityTest):
    """A test that gives each reading a verdict.

    Attributes:
        evaluate: yields the verdict at each of the positions.
        verdicts: all possible ones, without details.
        has_detail: True if evaluate adds one to a verdict: 'suspect:2022-12-07'.
        days_before, days_after: greatest distance of the readings that the verdict depends on,
            under these limits. A test without a doubt may depend on more.
    """

    evaluate: ReadingVerdicts
    verdicts: tuple[str, ...] = (PASS, NOT_EVALUATED, SUSPECT, FAIL)
    has_detail: bool = False
    days_before: Callable[[QualityLimits], int] = lambda limits: 0
    days_after: Callable[[QualityLimits], int] = lambda limits: 0
