"""Where a CSV file becomes rows, and reasons why some lines do not.

A file is read twice, so that a decision about the whole of it (is it day first? which line of a
date is the last?) is made before the first row is used, in memory that does not grow. Each pass can
stop between two blocks of text and be taken up there by another run, which skims what comes before:
looking for line ends alone costs a fiftieth of judging lines.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import batched, chain, count
from typing import NamedTuple

from aquasense.decoding import Limits, Readable, Unreadable, blocks
from aquasense.judging import Layout, Rejection, Row, complaint, excerpt, layout
from aquasense.surveys import Survey

__all__ = ["Rejection", "Row", "Survey", "read", "slices", "survey", "winners"]

# Rows handed over at a time.
SLICE = 500
# Blocks skimmed between two questions whether time is left: some megabyte of text.
SKIMMED = 16


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
