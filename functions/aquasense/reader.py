"""Where a CSV line becomes a row, or a reason why it does not.

Each line is judged alone: an unclosed quote or a broken line cannot swallow its neighbours. A
file is read twice, so that a decision about the whole of it (is it day first? which line of a
date is the last?) is made before the first row is used, in memory that does not grow.
"""

import csv
import json
import re
import unicodedata
import zlib
from array import array
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from aquasense.decoding import Limits, Readable, Unreadable, lines

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2100, 12, 31)
COLUMNS = {
    "date": {"fecha", "date", "dia", "day"},
    "mean": {"medias", "media", "mean", "means", "average"},
    "deviation": {
        "desviaciones", "desviacion", "deviation", "deviations", "std", "sd",
        "standard deviation", "desviacion estandar", "desviacion tipica",
    },
}  # fmt: skip
LISTED_REJECTIONS = 100
SHOWN_TEXT = 200
ASKED_EVERY = 10_000

_DATE = re.compile(r"(\d{1,4})([/-])(\d{1,2})\2(\d{1,4})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{0,60})?|\.\d{1,60})(?:[eE][+-]?\d{1,2})?", re.ASCII)
_PLAIN = r"(?:0|[1-9]\d{0,9})(?:\.\d{1,40})?"
_FAST = {
    "date": r"(?P<y>\d{4})(?P<s>[/-])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})",
    "mean": rf"(?P<mean>-?{_PLAIN})",
    "deviation": rf"(?P<deviation>{_PLAIN})",
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
        self.first = min(self.first or found.date, found.date)
        self.last = max(self.last, found.date)


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
    numbered = enumerate(lines(stream, limits), start=1)
    judge, fast = _header(numbered)
    for number, text in numbered:
        if number <= after:
            continue
        if number > limits.rows:
            raise Unreadable("too_many_rows", f"the file has more than {limits.rows:,} lines")
        if text is None:
            yield Rejection(number, "", "line_too_long", "the line is too long to be a reading")
            continue
        match = fast(text)
        if match is None and not text.strip(" \t,;\"'\x1a"):
            continue
        if match is not None:
            year, month, day, mean, deviation = match.group("y", "m", "d", "mean", "deviation")
            try:
                when = date(int(year), int(month), int(day))
            except ValueError:
                yield judge(number, text)
                continue
            if FIRST_DAY <= when <= LAST_DAY:
                yield Row(number, when.isoformat(), mean, deviation)
                continue
        yield judge(number, text)


class _Refused(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


type _Judge = Callable[[int, str], Row | Rejection]
type _Fast = Callable[[str], re.Match[str] | None]


def _header(numbered: Iterator[tuple[int, str | None]]) -> tuple[_Judge, _Fast]:
    for _, text in numbered:
        if text is None:
            break
        if not text.strip() or text.lower().startswith("sep="):
            continue
        for delimiter in (",", ";", "\t"):
            try:
                names = [_name(cell) for cell in _cells(text, delimiter)]
            except _Refused:
                continue
            where = {column: _index(names, known) for column, known in COLUMNS.items()}
            if None not in where.values():
                found = {column: index for column, index in where.items() if index is not None}
                return _layout(delimiter, len(names), found)
        break
    raise Unreadable("no_header", "the first line must be the header Fecha,Medias,Desviaciones")


def _layout(delimiter: str, width: int, where: dict[str, int]) -> tuple[_Judge, _Fast]:
    other = rf'[^"{delimiter}]*'
    at = {index: column for column, index in where.items()}
    parts = [_FAST[at[index]] if index in at else other for index in range(width)]
    fast = re.compile(delimiter.join(parts), re.ASCII).fullmatch

    def judge(number: int, text: str) -> Row | Rejection:
        try:
            cells = _cells(text, delimiter)
            if len(cells) != width:
                raise _Refused("wrong_field_count", f"{width} fields expected, {len(cells)} found")
            iso, day_first = _date(cells[where["date"]])
            return Row(
                number,
                iso,
                _number(cells[where["mean"]], "mean"),
                _positive(_number(cells[where["deviation"]], "deviation")),
                day_first,
            )
        except _Refused as refused:
            return Rejection(number, text[:SHOWN_TEXT], refused.code, refused.reason)

    return judge, fast


def _cells(text: str, delimiter: str) -> list[str]:
    if '"' not in text:
        return [cell.strip() for cell in text.split(delimiter)]
    try:
        (cells,) = csv.reader([text], delimiter=delimiter, skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        raise _Refused("unclosed_quote", "the quotation marks of the line do not match") from None
    return [cell.strip() for cell in cells]


def _name(cell: str) -> str:
    decomposed = unicodedata.normalize("NFKD", cell)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())


def _index(names: list[str], known: set[str]) -> int | None:
    found = [index for index, name in enumerate(names) if name in known]
    return found[0] if len(found) == 1 else None


def _date(text: str) -> tuple[str, bool]:
    if not text:
        raise _Refused("missing_value", "the date is missing")
    match = _DATE.fullmatch(text)
    parts = match.group(1, 3, 4) if match else ("", "", "")
    if len(parts[0]) == 4 and len(parts[2]) <= 2:
        year, month, day = map(int, parts)
    elif len(parts[0]) <= 2 and len(parts[2]) == 4:
        day, month, year = map(int, parts)
    else:
        raise _Refused("bad_date", "the date must look like 2022/12/1, 2022-12-01 or 01/12/2022")
    try:
        when = date(year, month, day)
    except ValueError:
        if len(parts[2]) == 4 and day <= 12 < month <= 31:
            raise _Refused("month_first_date", "there is no such day; is it month first?") from None
        raise _Refused("impossible_date", "there is no such day in the calendar") from None
    if not FIRST_DAY <= when <= LAST_DAY:
        raise _Refused("date_out_of_range", f"the year must be {FIRST_DAY.year} to {LAST_DAY.year}")
    return when.isoformat(), len(parts[2]) == 4 and day > 12


def _number(text: str, what: str) -> str:
    if not text:
        raise _Refused("missing_value", f"the {what} is missing")
    pointed = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    if not _NUMBER.fullmatch(pointed):
        raise _Refused("not_a_number", f"the {what} is not a number")
    # Every digit stays; only what JSON does not allow in a number (+1, .5, 007, 1e-5) goes.
    return format(Decimal(pointed), "f")


def _positive(deviation: str) -> str:
    if Decimal(deviation) < 0:
        raise _Refused("negative_deviation", "a standard deviation cannot be negative")
    return deviation.removeprefix("-")


def _day(iso: str) -> int:
    return date.fromisoformat(iso).toordinal() - FIRST_DAY.toordinal()
