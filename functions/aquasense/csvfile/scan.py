"""Result of the first pass over a file, in memory that does not grow with the file."""

from array import array
from dataclasses import dataclass, field
from datetime import date
from heapq import merge

from aquasense.csvfile.lines import Rejection, ReviewRow, Row
from aquasense.dates import FIRST_DAY, LAST_DAY

LISTED_REJECTIONS = 100

# Days whose line numbers are sorted at a time: sorting two centuries at once takes megabytes.
_SORTED_DAYS = 2048
_FIRST = FIRST_DAY.toordinal()


@dataclass(slots=True)
class Scan:
    """Counts, first rejections and the last line of each date of one file.

    Attributes:
        accepted: number of dates with a reading.
        duplicated: number of readings replaced by a later line for the same date.
        rejected: number of lines that are not a reading.
        rejections: the first LISTED_REJECTIONS of the rejected lines.
        first, last: ISO dates; empty if no line was accepted.
        day_first, month_first: number of dates that are valid in this notation only.
        commas, points: number of values with a decimal comma and with a decimal point.
        point_line: number of the first line with a decimal point; 0 without one.
        serials: True if all dates are numbers of Excel's days (lines.SerialDate).
    """

    accepted: int = 0
    duplicated: int = 0
    rejected: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    first: str = ""
    last: str = ""
    day_first: int = 0
    month_first: int = 0
    commas: int = 0
    points: int = 0
    point_line: int = 0
    serials: bool = False
    # Line number by day since FIRST_DAY; 0 for a day without a reading.
    _lines: array[int] = field(
        default_factory=lambda: array("I", bytes(4 * ((LAST_DAY - FIRST_DAY).days + 1)))
    )

    def add(self, parsed: Row | ReviewRow | Rejection) -> None:
        """Count one parsed line."""
        if isinstance(parsed, Rejection):
            self.rejected += 1
            self.month_first += parsed.code == "month_first_date"
            if len(self.rejections) < LISTED_REJECTIONS:
                self.rejections.append(parsed)
            return
        self.day_first += parsed.day_first
        if isinstance(parsed, Row):
            self._count_notation(parsed)
        day = _day_number(parsed.date)
        if self._lines[day]:
            self.duplicated += 1
        else:
            self.accepted += 1
        self._lines[day] = parsed.line
        if parsed.date < self.first or not self.first:
            self.first = parsed.date
        if parsed.date > self.last:
            self.last = parsed.date

    def _count_notation(self, row: Row) -> None:
        self.commas += row.commas
        points = ("." in row.mean) + ("." in row.deviation) - row.commas
        if points:
            self.points += points
            self.point_line = self.point_line or row.line

    def latest_lines(self) -> array[int]:
        """Return the line number of the last row of each date, ascending."""
        if not self.first:
            return array("I")
        lines = self._lines[_day_number(self.first) : _day_number(self.last) + 1]
        parts = (
            lines[start : start + _SORTED_DAYS] for start in range(0, len(lines), _SORTED_DAYS)
        )
        return array("I", merge(*(array("I", sorted(filter(None, part))) for part in parts)))


def _day_number(iso: str) -> int:
    return date.fromisoformat(iso).toordinal() - _FIRST
