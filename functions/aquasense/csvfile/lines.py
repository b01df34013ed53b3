"""Parse lines of a CSV file into rows and rejections.

Each line is parsed alone: an unclosed quote or a broken line cannot affect its neighbours. Lines in
the usual notation are parsed by one regular expression for thousands of them (fast); every other
line is parsed field by field. Both give the same row.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from aquasense.csvfile.fields import (
    InvalidField,
    parse_date,
    parse_deviation,
    parse_number,
    split_fields,
)
from aquasense.dates import FIRST_YEAR, LAST_YEAR

SHOWN_TEXT = 200
# Characters of whole lines matched together; a blank line is one character, so at most as many
# matches are in memory.
_PIECE = 4096

_PLAIN = r"(?:0|[1-9]\d{0,9})(?:\.\d{1,40})?"
_FAST = {
    "date": r"(?P<year>\d{4})(?P<day>[/-]\d{1,2}[/-]\d{1,2})",
    "mean": rf"(?P<mean>-?{_PLAIN})",
    "deviation": rf"(?P<deviation>{_PLAIN})",
}
_FIRST, _LAST = str(FIRST_YEAR), str(LAST_YEAR)
_LEAP_YEARS = {
    str(year)
    for year in range(FIRST_YEAR, LAST_YEAR + 1)
    if year % 4 == 0 and (year % 100 or year % 400 == 0)
}


class Row(NamedTuple):
    """An accepted line: ISO date, mean and deviation as exact decimal texts.

    day_first is True for a date that is valid with the day first only.
    """

    line: int
    date: str
    mean: str
    deviation: str
    day_first: bool = False


class Rejection(NamedTuple):
    """A rejected line with its reason; line numbers are those of a text editor."""

    line: int
    text: str
    code: str
    reason: str


type ParsedBlock = Iterator[tuple[int, str, Row | None]]


@dataclass(frozen=True, slots=True)
class Layout:
    """Parsers for the lines of a file with given columns.

    Attributes:
        parse_line: parse one line, given its number, field by field.
        parse_block: parse whole lines, given their numbers, into (number, line, row); the row is
            None for a line that needs parse_line().
    """

    parse_line: Callable[[int, str], Row | Rejection]
    parse_block: Callable[[Iterator[int], str], ParsedBlock]


def truncate_text(text: str, length: int = SHOWN_TEXT, *, cut: bool = False) -> str:
    """Return at most `length` characters, followed by '…' if anything is left out.

    Args:
        text: of a file.
        length: in characters.
        cut: whether the text is cut already.
    """
    return f"{text[:length]}…" if cut or len(text) > length else text


def build_block_parser(
    delimiter: str, width: int, positions: dict[str, int]
) -> Callable[[Iterator[int], str], ParsedBlock]:
    """Return a function that parses whole lines of `width` fields, see Layout.parse_block.

    Args:
        delimiter: of the fields.
        width: number of fields.
        positions: index of the field of each column.
    """
    fields = [rf'[^"{delimiter}\n]*'] * width
    for column, index in positions.items():
        fields[index] = _FAST[column]
    # The second alternative matches every other line, so that each match is one line.
    pattern = re.compile(rf"^({delimiter.join(fields)}$|.*)", re.ASCII | re.MULTILINE)
    groups = ("year", "day", "mean", "deviation")
    year_at, day_at, mean_at, deviation_at = (pattern.groupindex[name] - 1 for name in groups)
    findall, days = pattern.findall, _days()
    # NamedTuple's own constructor takes twice as long.
    new = tuple.__new__

    def parse_block(numbers: Iterator[int], text: str) -> ParsedBlock:
        start = 0
        while start <= len(text):
            end = text.find("\n", start + _PIECE)
            end = len(text) if end < 0 else end
            # Matches first: zip() takes from its first argument once more than from the second.
            for match, number in zip(findall(text, start, end), numbers, strict=False):
                year, day = match[year_at], days.get(match[day_at])
                if (
                    day is None
                    or not _FIRST <= year <= _LAST
                    or (day == "-02-29" and year not in _LEAP_YEARS)
                ):
                    yield number, match[0], None
                else:
                    values = (number, year + day, match[mean_at], match[deviation_at], False)
                    yield number, match[0], new(Row, values)
            start = end + 1

    return parse_block


@cache
def _days() -> dict[str, str]:
    """Map month and day in every accepted notation to ISO: "/2/9" to "-02-09"."""
    longest = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return {
        f"{separator}{month:{m}}{separator}{day:{d}}": f"-{month:02}-{day:02}"
        for month, days in enumerate(longest, start=1)
        for day in range(1, days + 1)
        for separator in "/-"
        for m in ("", "02")
        for d in ("", "02")
    }


def build_line_parser(
    delimiter: str, width: int, positions: dict[str, int]
) -> Callable[[int, str], Row | Rejection]:
    """Return a function that parses one line field by field; see build_block_parser()."""
    date_at, mean_at, deviation_at = (positions[column] for column in ("date", "mean", "deviation"))

    def parse_line(number: int, line: str) -> Row | Rejection:
        try:
            fields = split_fields(line, delimiter)
            if len(fields) != width:
                raise InvalidField(
                    "wrong_field_count", f"{width} fields expected, {len(fields)} found"
                )
            iso, day_first = parse_date(fields[date_at])
            mean = parse_number(fields[mean_at], "mean")
            return Row(number, iso, mean, parse_deviation(fields[deviation_at]), day_first)
        except InvalidField as error:
            return Rejection(number, truncate_text(line), error.code, error.reason)

    return parse_line
