"""What was measured: interleaved rounds, medians with their spread, against targets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

MET, STRETCH, MISSED, KNOWN = "met", "met, and the stretch", "MISSED", "for comparison"


class CannotStart(Exception):
    """A peer or a stub does not run; there is nothing to compare with, so nothing is printed."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table.

    Attributes:
        name: what was measured.
        values: of each round.
        target: the most (or the least, with at_least) it may be; None for a line that is only
            there to compare with.
        unit: of values and target; × is a ratio.
        at_least: whether more is better.
        stretch: the further target.
        detail: the figures behind it, for the JSON file.
        note: what to know to read it.
    """

    name: str
    values: Sequence[float]
    target: float | None
    unit: str = "×"
    at_least: bool = False
    stretch: float | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def value(self) -> float:
        return median(self.values)

    @property
    def verdict(self) -> str:
        if self.target is None:
            return KNOWN
        if not self._reaches(self.target):
            return MISSED
        return STRETCH if self.stretch is not None and self._reaches(self.stretch) else MET

    def _reaches(self, target: float) -> bool:
        return self.value >= target if self.at_least else self.value <= target

    def json(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.value,
            "least": min(self.values),
            "most": max(self.values),
            "rounds": list(self.values),
            "target": self.target,
            "stretch": self.stretch,
            "at_least": self.at_least,
            "verdict": self.verdict,
            "detail": self.detail,
            "note": self.note,
        }


def rounds(count: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Each measure, in turn, as many times; a list for each.

    In turn, so that what else the machine does falls on all of them alike.
    """
    found: list[list[float]] = [[] for _ in measures]
    for _ in range(count):
        for values, measure in zip(found, measures, strict=True):
            values.append(measure())
    return found


def ratios(ours: Sequence[float], peers: Sequence[float]) -> list[float]:
    """Round by round, ours over the peer's."""
    return [one / other for one, other in zip(ours, peers, strict=True)]
