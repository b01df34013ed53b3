"""Results: interleaved rounds, their median and spread, and a target."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


class CannotStart(Exception):
    """A peer or the stub does not run. Without it there is no comparison and no table."""


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table.

    Attributes:
        name: what was measured.
        values: one per round.
        target: the largest accepted median (with at_least: the smallest).
        unit: of values and target; × is a ratio.
        at_least: whether more is better.
        detail: the absolute figures, for the JSON file.
        note: what a reader needs to interpret it.
    """

    name: str
    values: Sequence[float]
    target: float
    unit: str = "×"
    at_least: bool = False
    detail: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def value(self) -> float:
        return median(self.values)

    @property
    def met(self) -> bool:
        return self.value >= self.target if self.at_least else self.value <= self.target

    def json(self) -> dict[str, Any]:
        """Return the result as it is written to the JSON file."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.value,
            "rounds": list(self.values),
            "target": self.target,
            "at_least": self.at_least,
            "met": self.met,
            "detail": self.detail,
            "note": self.note,
        }


def rounds(count: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Run each measure so many times, in turn, and return one list per measure.

    In turn, so that other load on the machine affects all of them alike.
    """
    values: list[list[float]] = [[] for _ in measures]
    for _ in range(count):
        for series, measure in zip(values, measures, strict=True):
            series.append(measure())
    return values


def ratios(ours: Sequence[float], peers: Sequence[float]) -> list[float]:
    """Divide ours by the peer's, round by round."""
    return [own / peer for own, peer in zip(ours, peers, strict=True)]
