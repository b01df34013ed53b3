"""Where a CSV file becomes rows, and reasons why some lines do not.

A file is read twice, so that a decision about the whole of it (is it day first? which line of a
date is the last?) is made before the first row is used, in memory that does not grow. Each pass can
stop between two blocks of text and be taken up there by another run, which skims what comes before:
looking for line ends alone costs a fiftieth of judging lines.
"""

import json
import zlib
from array import array
from base64 import b64decode, b64encode
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from heapq import merge
from itertools import batched, chain, count
from typing import NamedTuple

from aquasense.days import FIRST_DAY, LAST_DAY
from aquasense.decoding import Limits, Readable, Unreadable, blocks
from aquasense.judging import Layout, Rejection, Row, complaint, excerpt, layout

__all__ = ["Rejection", "Row", "Survey", "read", "slices", "survey", "winners"]

LISTED_REJECTIONS = 100
# Rows handed over at a time.
SLICE = 500
# Blocks skimmed between two questions whether time is left: some megabyte of text.
SKIMMED = 16

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
        out_of_time: asked after every block of text; once it is true, an incomplete survey is
            returned.

    Raises:
        Unreadable: the file as a whole is no such file, or its dates are month first.
    """
    found = begun or Survey()
    skimmed = 0
    for block in _body(stream, limits):
        if block.last > found.lines:
            for item in _judged(block, limits, found.lines):
                found.count(item)
            found.lines = block.last
        else:
            skimmed += 1
            if skimmed % SKIMMED:
                continue
        if out_of_time():
            return found
    if found.month_first and not found.day_first:
        raise Unreadable(
            "month_first_dates",
            "the dates only make sense with the month first; write the day or the year first",
        )
    found.complete = True
    return found


def winners(stream: Readable, limits: Limits, surveyed: Survey) -> Iterator[Row]:
    """The last row of each date, in the order of the file surveyed."""
    return chain.from_iterable(slices(stream, limits, surveyed))


def slices(
    stream: Readable, limits: Limits, surveyed: Survey, after: int = 0
) -> Iterator[Sequence[Row]]:
    """The winners below line `after`, some at a time.

    An empty slice comes now and then where there are none for long, for whoever has to look at the
    clock. Only lines that win are judged again: a file of millions has at most one for each day.
    """
    lines = surveyed.winning()
    at = bisect_right(lines, after)
    skimmed = 0
    for block in _body(stream, limits):
        upto = bisect_right(lines, block.last, at)
        if upto > at:
            yield from batched(_picked(block, lines[at:upto]), SLICE, strict=False)
            at = upto
        else:
            skimmed += 1
            if skimmed % SKIMMED == 0:
                yield ()
        if at == len(lines):
            return


def read(stream: Readable, limits: Limits) -> Iterator[Row | Rejection]:
    """Every line below the header that is not blank, as a row or a rejection.

    Raises:
        Unreadable: no text, no header with the three columns, or over a limit.
    """
    for block in _body(stream, limits):
        yield from _judged(block, limits)


class _Block(NamedTuple):
    """Whole lines, numbered from first to last, and the layout they should have."""

    layout: Layout
    first: int
    last: int
    text: str


def _body(stream: Readable, limits: Limits) -> Iterator[_Block]:
    """What is below the header."""
    pieces = blocks(stream, limits)
    last, columns, below = _header(pieces, limits)
    for text in chain(below, pieces):
        first = last + 1
        last += text.count("\n") + 1
        if last > limits.rows:
            raise _too_many(limits)
        yield _Block(columns, first, last, text)


def _judged(block: _Block, limits: Limits, after: int = 0) -> Iterator[Row | Rejection]:
    """Every line of the block below line `after` that is not blank."""
    first, text = block.first, block.text
    if first <= after:
        first, text = after + 1, text.split("\n", after + 1 - first)[-1]
    judge, longest = block.layout.judge, limits.line_length
    for at, line, row in block.layout.fast(count(first), text):
        if len(line) > longest:
            shown = excerpt(line[:longest], cut=True)
            yield Rejection(at, shown, "line_too_long", "the line is too long to be a reading")
        elif row is not None:
            yield row
        elif line.strip(" \t,;\"'\x1a"):
            yield judge(at, line)


def _picked(block: _Block, wanted: Sequence[int]) -> Iterator[Row]:
    """The lines of these numbers, which are known to be readings."""
    text = block.text
    if len(wanted) <= block.last - block.first:
        lines = text.split("\n")
        text = "\n".join([lines[number - block.first] for number in wanted])
    for at, line, row in block.layout.fast(iter(wanted), text):
        found = row or block.layout.judge(at, line)
        if isinstance(found, Row):
            yield found


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
                raise Unreadable("no_header", complaint(text))
            return number, found, ["\n".join(lines[at:])] if at < len(lines) else []
    raise Unreadable("empty_file", "the file has nothing but blank lines")


def _too_many(limits: Limits) -> Unreadable:
    return Unreadable("too_many_rows", f"the file has more than {limits.rows:,} lines")


def _day(iso: str) -> int:
    return date.fromisoformat(iso).toordinal() - _FIRST
