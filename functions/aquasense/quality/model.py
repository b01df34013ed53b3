"""What a quality test is, and the readings as the tests see them."""

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
        days: ordinals of the dates.
        doubles: the means as the nearest doubles.
        near: whether reading i is near enough to reading i - 1 to be compared with it; False also
            at both ends.
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
        """Return a bound: a result of doubles below it is below the limit in exact numbers, too.

        It is for sums and differences of up to four means. Their rounding errors are less than
        1e-14 of the greatest mean, so a margin of 1e-9 is safe and leaves little to compute
        exactly.
        """
        return float(limit) * (1 - 1e-9) - self._greatest * 1e-9


type ReadingVerdicts = Callable[[Series, QualityLimits, Sequence[int]], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityTest:
    """A test of a whole file, or of each reading (ReadingTest).

    Attributes:
        name: as in answers, receipts and alerts.
        label: on the page.
        doubt: in mails, `{}` for the number in 'scale:12.3'; None where the verdict says nothing
            about the value, so that it raises no doubt.
        question, suspect, fail: in docs/files.md.
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
        verdicts: that clients have to expect.
        before, after: how many neighbours the verdict depends on, given the limits; all of them
            near. (A test that raises no doubt may look further.)
    """

    evaluate: ReadingVerdicts
    verdicts: tuple[str, ...] = (PASS, NOT_EVALUATED, SUSPECT, FAIL)
    before: Callable[[QualityLimits], int] = lambda limits: 0
    after: Callable[[QualityLimits], int] = lambda limits: 0
