"""What a whole file holds, line by line found out, in memory that does not grow with it."""

import json
import zlib
from array import array
from base64 import b64decode, b64encode
from dataclasses import dataclass, field, fields
from datetime import date
from heapq import merge

from aquasense.days import FIRST_DAY, LAST_DAY
from aquasense.judging import Rejection, Row

LISTED_REJECTIONS = 100

# Days whose lines are sorted at a time: two centuries at once would take megabytes.
_RUN = 2048
_FIRST = FIRST_DAY.toordinal()


@dataclass(slots=True)
class Survey:
    """What a whole file holds; its size does not depend on the file's.

    Attributes:
        accepted: dates the file has a reading for.
        duplicated: readings whose date a later line has again; the later one wins.
        rejected: lines that are no reading.
        rejections: the first of those, LISTED_REJECTIONS at the most.
        first, last: ISO dates, empty where nothing was accepted.
        lines: of the file that are accounted for so far, blank ones among them.
        day_first, month_first: dates that only make sense one way or the other.
        complete: whether the file was read to its end.
    """

    accepted: int = 0
    duplicated: int = 0
    rejected: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    first: str = ""
    last: str = ""
    lines: int = 0
    day_first: int = 0
    month_first: int = 0
    complete: bool = False
    _last_lines: array[int] = field(
        default_factory=lambda: array("I", bytes(4 * ((LAST_DAY - FIRST_DAY).days + 1)))
    )

    def winning(self) -> array[int]:
        """The lines whose date no later line has, in the order of the file."""
        if not self.first:
            return array("I")
        known = self._last_lines[_day(self.first) : _day(self.last) + 1]
        runs = (known[start : start + _RUN] for start in range(0, len(known), _RUN))
        return array("I", merge(*(array("I", sorted(filter(None, run))) for run in runs)))

    def dump(self) -> bytes:
        """The survey as bytes, for load()."""
        members = {f.name: getattr(self, f.name) for f in fields(self)}
        packed = zlib.compress(members.pop("_last_lines").tobytes())
        return json.dumps(members | {"last_lines": b64encode(packed).decode()}).encode()

    @classmethod
    def load(cls, dumped: bytes) -> "Survey":
        """What dump() gave."""
        members = json.loads(dumped)
        last_lines = array("I", zlib.decompress(b64decode(members.pop("last_lines"))))
        members["rejections"] = [Rejection(*entry) for entry in members["rejections"]]
        return cls(**members, _last_lines=last_lines)

    def count(self, found: Row | Rejection) -> None:
        """Take one more line into account."""
        if isinstance(found, Rejection):
            self.rejected += 1
            self.month_first += found.code == "month_first_date"
            if len(self.rejections) < LISTED_REJECTIONS:
                self.rejections.append(found)
            return
        self.day_first += found.day_first
        day = _day(found.date)
        if self._last_lines[day]:
            self.duplicated += 1
        else:
            self.accepted += 1
        self._last_lines[day] = found.line
        if found.date < self.first or not self.first:
            self.first = found.date
        if found.date > self.last:
            self.last = found.date


def _day(iso: str) -> int:
    return date.fromisoformat(iso).toordinal() - _FIRST
