"""Parse lines of a CSV file into rows and rejections."""

import re
from calendar import isleap, monthrange
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from aquasense.csvfile.dates import parse_date
from aquasense.csvfile.fields import (
    InvalidField,
    parse_deviation,
    parse_number,
    split_line,
    truncate_text,
)
from aquasense.csvfile.header import Layout
from aquasense.csvfile.reasons import Parameters
from aquasense.dates import FIRST_YEAR, LAST_YEAR
from aquasense.readings.reviews import Review
from aquasense.readings.versions import Version
from aquasense.uploads.identity import Upload

# Characters of whole lines matched together; a blank line is one character, so at most as many
# matches are in memory.
_PIECE = 4096

_DECIMAL = r"(?:0|[1-9]\d{0,9})(?:\.\d{1,40})?"
_FIRST, _LAST = str(FIRST_YEAR), str(LAST_YEAR)
_LEAP_YEARS = {str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1) if isleap(year)}


class Row(NamedTuple):
    """An accepted line: ISO date, mean and deviation as exact decimal texts.

    day_first is True for a date that is valid with the day first only; commas is the number of
    values with a decimal comma.
    """

    line: int
    date: str
    mean: str
    deviation: str
    day_first: bool = False
    commas: int = 0

    def stored(self, upload: Upload) -> Version:
        """Return the version that an upload stores for the line."""
        return Version(self.date, upload.id, self.mean, self.deviation, self.line, upload.key)


class ReviewRow(NamedTuple):
    """An accepted line: ISO date, mean as an exact decimal text, verdict and comment.

    day_first is True for a date that is valid with the day first only.
    """

    line: int
    date: str
    mean: str
    verdict: str
    comment: str
    day_first: bool = False

    def stored(self, upload: Upload) -> Review:
        """Return the review of the line as it is stored for an upload."""
        return Review(
            self.date, upload.id, self.mean, self.verdict, self.comment, self.line, upload.key
        )


class Rejection(NamedTuple):
    """A rejected line with its reason; lines are numbered as in a text editor.

    The text, the beginning of the line, is private; the other members are public.
    """

    line: int
    text: str
    code: str
    reason: str
    parameters: Parameters


class SerialDate(Rejection):
    """A rejected line whose date is a number of Excel's days.

    It is the row `row` in a file all of whose dates are such numbers.
    """

    row: Row


class LineParser:
    """Parse the lines of a file with the given layout.

    Each line is parsed alone: an unclosed quote or a broken line cannot affect its neighbours. One
    regular expression parses thousands of lines in the usual notation at once (fast); every other
    line is parsed field by field. Both give the same row.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        fields = [rf'[^"{layout.delimiter}\n]*'] * layout.width
        fields[layout.date] = r"(?P<year>\d{4})(?P<day>[/-]\d{1,2}[/-]\d{1,2})"
        # -999 may stand for no value.
        fields[layout.mean] = rf"(?P<mean>(?!-999)-?{_DECIMAL})"
        fields[layout.deviation] = rf"(?P<deviation>{_DECIMAL})"
        # The second alternative matches every other line, so that each match is one line.
        pattern = rf"^({layout.delimiter.join(fields)}$|.*)"
        self._pattern = re.compile(pattern, re.ASCII | re.MULTILINE)

    def parse_line(self, number: int, line: str) -> Row | Rejection:
        """Parse one line field by field."""
        layout = self._layout
        try:
            fields = split_line(line, layout.delimiter, layout.width)
            date = parse_date(fields[layout.date])
            mean = parse_number(fields[layout.mean], "mean")
            deviation = parse_deviation(fields[layout.deviation])
        except InvalidField as error:
            text = truncate_text(line)
            return Rejection(number, text, error.code, error.reason, error.parameters)
        commas = sum("," in fields[index] for index in (layout.mean, layout.deviation))
        row = Row(number, date.iso, mean, deviation, date.day_first, commas)
        return _reject_serial(row, line) if date.serial else row

    def parse_block(
        self, numbers: Iterator[int], text: str
    ) -> Iterator[tuple[int, str, Row | None]]:
        """Parse whole lines with the regular expression.

        Args:
            numbers: of the lines.
            text: lines, joined by LF.

        Yields:
            Number, line and row; the row is None for a line that needs parse_line().
        """
        indexes = self._pattern.groupindex
        groups = ("year", "day", "mean", "deviation")
        year_at, day_at, mean_at, deviation_at = (indexes[name] - 1 for name in groups)
        findall, days = self._pattern.findall, _iso_days()
        # NamedTuple's own constructor takes twice as long.
        new = tuple.__new__
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
                    values = (number, year + day, match[mean_at], match[deviation_at], False, 0)
                    yield number, match[0], new(Row, values)
            start = end + 1


def _reject_serial(row: Row, line: str) -> SerialDate:
    reason = "a number is a date of Excel only if all dates of the file are such numbers"
    rejection = SerialDate(row.line, truncate_text(line), "serial_date", reason, {})
    rejection.row = row
    return rejection


@cache
def _iso_days() -> dict[str, str]:
    """Map month and day in every accepted notation to ISO: "/2/9" to "-02-09"."""
    leap_year = 2000
    return {
        f"{separator}{month:{m}}{separator}{day:{d}}": f"-{month:02}-{day:02}"
        for month in range(1, 13)
        for day in range(1, monthrange(leap_year, month)[1] + 1)
        for separator in "/-"
        for m in ("", "02")
        for d in ("", "02")
    }
