"""What a line is: a reading, or a reason why it is none.

Each line is judged alone: an unclosed quote or a broken line cannot swallow its neighbours. Lines
as most files have them are recognised by the thousand (fast); each of the others is judged with
care. Both come to the same verdict.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from aquasense.cells import Refused, cells_of, iso_date, number_of, positive
from aquasense.days import FIRST_YEAR, LAST_YEAR

COLUMNS = {
    "date": {"fecha", "date", "dia", "day"},
    "mean": {"medias", "media", "mean", "means", "average"},
    "deviation": {
        "desviaciones", "desviacion", "deviation", "deviations", "std", "sd",
        "standard deviation", "desviacion estandar", "desviacion tipica",
    },
}  # fmt: skip
SHOWN_TEXT, SHOWN_HEADER = 200, 100
# Characters of whole lines looked at together: as many as lines, should they be blank.
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
    """A line that is a reading: ISO date, mean and deviation as exact decimal texts.

    day_first says that its date was written so that it only makes sense with the day first.
    """

    line: int
    date: str
    mean: str
    deviation: str
    day_first: bool = False


class Rejection(NamedTuple):
    """A line that is none, and why; line is counted as a text editor counts it."""

    line: int
    text: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns the lines of a file have.

    Attributes:
        judge: a line, given its number, as a row or a rejection, with care.
        fast: whole lines as (number, text, row or None), given the number of each; None where a
            line needs judge().
    """

    judge: Callable[[int, str], Row | Rejection]
    fast: Callable[[Iterator[int], str], Iterator[tuple[int, str, Row | None]]]


def layout(header: str) -> Layout | None:
    """The layout that a header names; None where it is none with the three columns."""
    for delimiter in (",", ";", "\t"):
        try:
            names = [_name(cell) for cell in cells_of(header, delimiter)]
        except Refused:
            continue
        where = {column: _index(names, known) for column, known in COLUMNS.items()}
        if None not in where.values():
            found = {column: index for column, index in where.items() if index is not None}
            return Layout(
                _careful(delimiter, len(names), found), _quick(delimiter, len(names), found)
            )
    return None


def complaint(header: str) -> str:
    """Why a first line is no header, given that layout() found none: what it is instead."""
    found = repr(excerpt(header, SHOWN_HEADER))
    reason = f"the first line must be the header Fecha,Medias,Desviaciones; it is {found}"
    repeated = _repeated(header)
    if repeated:
        names = ", ".join(excerpt(name, SHOWN_HEADER) for name in repeated[:3])
        reason += f", where one column is named more than once ({names})"
    return reason


def excerpt(text: str, length: int = SHOWN_TEXT, *, cut: bool = False) -> str:
    """A text of a file as it is shown: no longer than that, with '…' where anything is left out.

    Args:
        text: the text.
        length: how much of it is shown at the most.
        cut: whether there was more of it already.
    """
    return f"{text[:length]}…" if cut or len(text) > length else text


def _repeated(header: str) -> list[str]:
    """The names of a column that a header has more than once, where it has all three."""
    for delimiter in (",", ";", "\t"):
        try:
            cells = cells_of(header, delimiter)
        except Refused:
            continue
        named = [[one for one in cells if _name(one) in known] for known in COLUMNS.values()]
        if all(named):
            return next((names for names in named if len(names) > 1), [])
    return []


def _quick(
    delimiter: str, width: int, where: dict[str, int]
) -> Callable[[Iterator[int], str], Iterator[tuple[int, str, Row | None]]]:
    other = rf'[^"{delimiter}\n]*'
    at = {index: column for column, index in where.items()}
    parts = [_FAST[at[index]] if index in at else other for index in range(width)]
    # Every line matches, one way or the other: so the matches are the lines.
    pattern = re.compile(rf"^({delimiter.join(parts)}$|.*)", re.ASCII | re.MULTILINE)
    groups = ("year", "day", "mean", "deviation")
    year_at, day_at, mean_at, deviation_at = (pattern.groupindex[name] - 1 for name in groups)
    findall, days = pattern.findall, _days()
    # NamedTuple's own constructor takes twice as long.
    new = tuple.__new__

    def fast(numbers: Iterator[int], text: str) -> Iterator[tuple[int, str, Row | None]]:
        start = 0
        while start <= len(text):
            end = text.find("\n", start + _PIECE)
            end = len(text) if end < 0 else end
            # In this order: the other way round, zip takes a number for the line that is not there.
            for found, number in zip(findall(text, start, end), numbers, strict=False):
                year, day = found[year_at], days.get(found[day_at])
                if (
                    day is None
                    or not _FIRST <= year <= _LAST
                    or (day == "-02-29" and year not in _LEAP_YEARS)
                ):
                    yield number, found[0], None
                else:
                    values = (number, year + day, found[mean_at], found[deviation_at], False)
                    yield number, found[0], new(Row, values)
            start = end + 1

    return fast


@cache
def _days() -> dict[str, str]:
    """What follows the year, as a file has it, to what ISO has there: "/2/9" to "-02-09"."""
    longest = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return {
        f"{separator}{month:{m}}{separator}{day:{d}}": f"-{month:02}-{day:02}"
        for month, days in enumerate(longest, start=1)
        for day in range(1, days + 1)
        for separator in "/-"
        for m in ("", "02")
        for d in ("", "02")
    }


def _careful(
    delimiter: str, width: int, where: dict[str, int]
) -> Callable[[int, str], Row | Rejection]:
    def judge(number: int, text: str) -> Row | Rejection:
        try:
            cells = cells_of(text, delimiter)
            if len(cells) != width:
                raise Refused("wrong_field_count", f"{width} fields expected, {len(cells)} found")
            iso, day_first = iso_date(cells[where["date"]])
            return Row(
                number,
                iso,
                number_of(cells[where["mean"]], "mean"),
                positive(number_of(cells[where["deviation"]], "deviation")),
                day_first,
            )
        except Refused as refused:
            return Rejection(number, excerpt(text), refused.code, refused.reason)

    return judge


def _name(cell: str) -> str:
    decomposed = unicodedata.normalize("NFKD", cell)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())


def _index(names: list[str], known: set[str]) -> int | None:
    found = [index for index, name in enumerate(names) if name in known]
    return found[0] if len(found) == 1 else None
