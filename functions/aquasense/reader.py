"""Where a CSV file becomes rows, and reasons why some lines do not.

A file is read twice, so that a decision about the whole of it (is it day first? which line of a
date is the last?) is made before the first row is used, in memory that does not grow.
"""

import json
import zlib
from array import array
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from itertools import chain

from aquasense.days import FIRST_DAY, LAST_DAY
from aquasense.decoding import Limits, Readable, Unreadable, blocks
from aquasense.judging import Layout, Rejection, Row, layout

__all__ = ["Rejection", "Row", "Survey", "read", "survey", "winners"]

LISTED_REJECTIONS = 100
ASKED_EVERY = 10_000

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
        lines: of the file that are accounted for so far.
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

    def wins(self, row: Row) -> bool:
        """Whether no later line of the file has the same date."""
        return self._last_lines[_day(row.date)] == row.line

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
        self.lines = found.line
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


def survey(
    stream: Readable,
    limits: Limits,
    begun: Survey | None = None,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Survey:
    """Judge every line of a file, or those that time allows.

    Args:
        stream: the file from its beginning.
        limits: what it may be at the most.
        begun: the survey to go on with; it is changed.
        out_of_time: asked now and then; once it is true, an incomplete survey is returned.

    Raises:
        Unreadable: the file as a whole is no such file, or its dates are month first.
    """
    found = begun or Survey()
    for count, item in enumerate(read(stream, limits, after=found.lines), start=1):
        found.count(item)
        if count % ASKED_EVERY == 0 and out_of_time():
            return found
    if found.month_first and not found.day_first:
        raise Unreadable(
            "month_first_dates",
            "the dates only make sense with the month first; write the day or the year first",
        )
    found.complete = True
    return found


def winners(stream: Readable, limits: Limits, surveyed: Survey, after: int = 0) -> Iterator[Row]:
    """The last row of each date below line `after`, in the order of the file surveyed."""
    for item in read(stream, limits, after):
        if isinstance(item, Row) and surveyed.wins(item):
            yield item


def read(stream: Readable, limits: Limits, after: int = 0) -> Iterator[Row | Rejection]:
    """Every line below the header and line `after` that is not blank, as a row or a rejection.

    Raises:
        Unreadable: no text, no header with the three columns, or over a limit.
    """
    pieces = blocks(stream, limits)
    number, columns, below = _header(pieces, limits)
    for block in chain(below, pieces):
        first = number + 1
        number += block.count("\n") + 1
        if number <= after:
            continue
        for at, text, row in columns.fast(first, block):
            if at <= after:
                continue
            if at > limits.rows:
                raise _too_many(limits)
            if len(text) > limits.line_length:
                yield Rejection(at, "", "line_too_long", "the line is too long to be a reading")
            elif row is not None:
                yield row
            elif text.strip(" \t,;\"'\x1a"):
                yield columns.judge(at, text)


def _header(pieces: Iterator[str], limits: Limits) -> tuple[int, Layout, list[str]]:
    """The number of the header's line, what it says, and what came in one piece with it."""
    number = 0
    for block in pieces:
        lines = block.split("\n")
        for at, text in enumerate(lines, start=1):
            number += 1
            if number > limits.rows:
                raise _too_many(limits)
            if not text.strip() or text.lower().startswith("sep="):
                continue
            found = layout(text) if len(text) <= limits.line_length else None
            if found is None:
                raise Unreadable(
                    "no_header", "the first line must be the header Fecha,Medias,Desviaciones"
                )
            return number, found, ["\n".join(lines[at:])] if at < len(lines) else []
    raise Unreadable("no_header", "the first line must be the header Fecha,Medias,Desviaciones")


def _too_many(limits: Limits) -> Unreadable:
    return Unreadable("too_many_rows", f"the file has more than {limits.rows:,} lines")


def _day(iso: str) -> int:
    return date.fromisoformat(iso).toordinal() - _FIRST
