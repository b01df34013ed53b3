"""Read a CSV file line by line into rows and rejections, in constant memory.

A file is read twice: the first pass finds the last line of each date and the notation of dates, so
that both are known before the first row is written.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import batched, chain, count
from typing import NamedTuple

from aquasense.csvfile.decode import FileLimits, Readable, UnreadableFile, decode_blocks
from aquasense.csvfile.fields import SHOWN_TEXT, truncate_text
from aquasense.csvfile.header import parse_header, reject_header
from aquasense.csvfile.lines import LineParser, Rejection, ReviewRow, Row, SerialDate
from aquasense.csvfile.reviews import (
    ReviewParser,
    ReviewScan,
    parse_review_header,
    reject_review_header,
)
from aquasense.csvfile.scan import Scan
from aquasense.datasets import Dataset

BATCH = 500


def scan_file(
    stream: Readable,
    limits: FileLimits,
    dataset: Dataset | None = None,
    *,
    reviews: bool = False,
) -> Scan:
    """Parse every line of a file and return the counts and the last line of each date.

    Args:
        stream: content of the file.
        limits: of the file.
        dataset: whose quantity and unit the header may name; None is for neither.
        reviews: whether it is a file of reviews (csvfile.reviews).

    Raises:
        UnreadableFile: the file is not a CSV file of readings (of reviews), is over a limit, or has
            month-first dates.
    """
    scan, serial_scan = ReviewScan() if reviews else Scan(), Scan(serials=True)
    for parsed in parse_file(stream, limits, dataset, reviews=reviews):
        scan.add(parsed)
        if isinstance(parsed, Rejection):
            serial_scan.add(parsed.row if isinstance(parsed, SerialDate) else parsed)
    if serial_scan.accepted and not scan.accepted:
        scan = serial_scan
    if scan.month_first and not scan.day_first:
        raise UnreadableFile(
            "month_first_dates",
            "the dates only make sense with the month first; write the day or the year first",
        )
    return scan


def latest_rows(
    stream: Readable, limits: FileLimits, scan: Scan, dataset: Dataset | None = None
) -> Iterator[Sequence[Row | ReviewRow]]:
    """Yield the last row of each date, in file order, in batches; see scan_file() for `dataset`.

    Only these lines are parsed again: at most one for each day, however long the file is.
    """
    numbers = scan.latest_lines()
    start = 0
    for block in _read_blocks(stream, limits, dataset, reviews=isinstance(scan, ReviewScan)):
        end = bisect_right(numbers, block.last, start)
        if end > start:
            yield from batched(_parse_lines(block, numbers[start:end]), BATCH, strict=False)
        if end == len(numbers):
            return
        start = end


def parse_file(
    stream: Readable,
    limits: FileLimits,
    dataset: Dataset | None = None,
    *,
    reviews: bool = False,
) -> Iterator[Row | ReviewRow | Rejection]:
    """Parse every line below the header that is not blank; see scan_file() for the arguments.

    Raises:
        UnreadableFile: no text, no header with the three columns, or over a limit.
    """
    limit = limits.line_length
    for parser, first, _, text in _read_blocks(stream, limits, dataset, reviews=reviews):
        for number, line, row in parser.parse_block(count(first), text):
            if len(line) > limit:
                start = truncate_text(line, min(limit, SHOWN_TEXT))
                reason = "the line is too long to be a reading"
                yield Rejection(number, start, "line_too_long", reason, {})
            elif row is not None:
                yield row
            elif line.strip(" \t,;\"'\x1a"):
                yield parser.parse_line(number, line)


class _Block(NamedTuple):
    """Whole lines, numbered from first to last, with their parser."""

    parser: LineParser | ReviewParser
    first: int
    last: int
    text: str


def _read_blocks(
    stream: Readable, limits: FileLimits, dataset: Dataset | None, *, reviews: bool
) -> Iterator[_Block]:
    """Yield the blocks below the header."""
    texts = decode_blocks(stream, limits)
    last, header, rest = _read_header(texts, limits)
    parser: LineParser | ReviewParser | None = None
    if len(header) > limits.line_length:
        pass
    elif reviews:
        parser = parse_review_header(header, dataset)
    elif layout := parse_header(header, dataset):
        parser = LineParser(layout)
    if parser is None:
        raise reject_review_header(header) if reviews else reject_header(header, dataset)
    for text in chain(rest, texts):
        first = last + 1
        last += text.count("\n") + 1
        _check_rows(last, limits)
        yield _Block(parser, first, last, text)


def _parse_lines(block: _Block, numbers: Sequence[int]) -> Iterator[Row | ReviewRow]:
    """Parse the lines with these numbers, none of which is rejected."""
    text = block.text
    if len(numbers) <= block.last - block.first:
        lines = text.split("\n")
        text = "\n".join([lines[number - block.first] for number in numbers])
    for number, line, row in block.parser.parse_block(iter(numbers), text):
        parsed = row or block.parser.parse_line(number, line)
        if isinstance(parsed, SerialDate):
            yield parsed.row
        elif not isinstance(parsed, Rejection):
            yield parsed


def _read_header(texts: Iterator[str], limits: FileLimits) -> tuple[int, str, list[str]]:
    """Return the header's line number, the header, and the rest of its block."""
    number = 0
    for block in texts:
        lines = block.split("\n")
        for index, line in enumerate(lines, start=1):
            number += 1
            _check_rows(number, limits)
            # Excel writes the line "sep=;" above the header.
            if not line.strip() or line.lower().startswith("sep="):
                continue
            return number, line, ["\n".join(lines[index:])] if index < len(lines) else []
    raise UnreadableFile("empty_file", "the file has nothing but blank lines")


def _check_rows(number: int, limits: FileLimits) -> None:
    if number > limits.rows:
        raise UnreadableFile(
            "too_many_rows", "the file has more than {limit:,} lines", limit=limits.rows
        )
