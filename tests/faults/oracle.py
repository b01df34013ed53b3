"""A second, slow implementation of the rules for a line of a CSV file: the fuzzers' test oracle.

It shares no code with the reader, and imports the standard library only, so that every fuzzer can
use it.
"""

import csv
import gzip
import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

FORMATS = ("%Y/%m/%d", "%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
MIDNIGHT = re.compile(r"[T ] *0?0:00(:00([.,]0+)?)?$")
SPANISH = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SPACES = " \t\x0b\x0c\xa0\u2007\u202f"
DATE_CHARACTERS, NUMBER_CHARACTERS = set("0123456789/-."), set("0123456789+-.eE")


def lines_of(content: bytes) -> list[str]:
    """Return the lines as an editor counts them; undecodable bytes become non-digits."""
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(mark):
            return re.split(r"\r\n|\r|\n", content[2:].decode(encoding, "replace"))
    text = content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    text = re.sub("[\udc80-\udcff]", lambda match: chr(ord(match[0]) - 0xDC00), text)
    return re.split(r"\r\n|\r|\n", text)


def header_of(lines: list[str]) -> tuple[str, int, tuple[int, int, int]] | None:
    """Return the delimiter, the number of fields, and the indexes of date, mean and deviation."""
    for line in lines:
        if not line.strip() or line.lower().startswith("sep="):
            continue
        for delimiter in ",;\t":
            names = [name.strip().lower() for name in _fields(line, delimiter) or []]
            wanted = ("fecha", "medias", "desviaciones")
            if all(names.count(name) == 1 for name in wanted):
                indexes = names.index(wanted[0]), names.index(wanted[1]), names.index(wanted[2])
                return delimiter, len(names), indexes
        return None
    return None


def values_of(line: str, delimiter: str, width: int, indexes: tuple[int, int, int]) -> set[object]:
    """Return the (date, mean, deviation) of a line; an empty set if the line is invalid."""
    fields = _fields(line, delimiter)
    if fields is None or len(fields) != width:
        return set()
    day = _day(fields[indexes[0]].strip(SPACES))
    mean, deviation = (_number(fields[index].strip(SPACES)) for index in indexes[1:])
    if day is None or mean is None or deviation is None or deviation < 0:
        return set()
    return {(day.isoformat(), mean, deviation)}


def _fields(line: str, delimiter: str) -> list[str] | None:
    if '"' not in line:
        return line.split(delimiter)
    try:
        (fields,) = csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        return None
    return fields


def _day(text: str) -> date | None:
    text = MIDNIGHT.sub("", text).rstrip(" ")
    if serial := re.fullmatch(r"([0-9]{5})([.,]0*)?", text):
        day = date(1899, 12, 30) + timedelta(days=int(serial[1]))
        return day if 1900 <= day.year <= 2100 else None
    if text.isascii() and re.search("[a-z]", text, re.IGNORECASE):
        return _named_day(text.lower())
    if not text or set(text) - DATE_CHARACTERS:
        return None
    days = set()
    for pattern in FORMATS:
        try:
            days.add(datetime.strptime(text, pattern).date())
        except ValueError:
            continue
    (day,) = days or {None}
    return day if day and 1900 <= day.year <= 2100 else None


def _named_day(text: str) -> date | None:
    """Return the date of a text with two numbers and the name of a month, in any order."""
    words = [word for word in re.findall(r"[a-z]+|[0-9]+", text) if word != "de"]
    names = [word[:3].replace("set", "sep") for word in words if word.isalpha()]
    numbers = [word for word in words if word.isdigit()]
    years = [number for number in numbers if len(number) == 4]
    if len(words) != 3 or len(names) != 1 or len(years) != 1:
        return None
    for months in (SPANISH, ENGLISH):
        if names[0] in months:
            numbers.remove(years[0])
            try:
                day = date(int(years[0]), months.index(names[0]) + 1, int(numbers[0]))
            except ValueError:
                return None
            return day if 1900 <= day.year <= 2100 else None
    return None


def _number(text: str) -> Decimal | None:
    if "," in text:
        whole, _, fraction = text.partition(",")
        if "." in text or "," in fraction:
            return None
        text = f"{whole}.{fraction}"
    if not text or set(text) - NUMBER_CHARACTERS:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    # What programs write for no value.
    return number if number.is_finite() and number not in (-999, -9999) else None


def find_wrong_row(content: bytes, rows: list[tuple[int, str, str, str]]) -> str | None:
    """Return an error for the first (line, date, mean, deviation) that the file does not have."""
    lines = lines_of(content)
    header = header_of(lines)
    last = 0
    for number, day, mean, deviation in rows:
        if not last < number <= len(lines):
            return f"line {number} comes after {last} of {len(lines)}"
        last = number
        if header is None:
            # The oracle knows no other column names, so only the line number is checked.
            continue
        allowed = values_of(lines[number - 1], *header)
        if (day, Decimal(mean), Decimal(deviation)) not in allowed:
            return f"line {number} {lines[number - 1]!r} was read as {day}, {mean}, {deviation}"
    return None


def find_missing_line(content: bytes, numbers: set[int]) -> int | None:
    """Return the first line of plain form whose number is missing, as a row or a rejection."""
    lines = lines_of(content)
    for number, line in enumerate(lines, start=1):
        if number not in numbers and re.fullmatch(r"20\d\d/\d\d/\d\d[,;]\d\d[,;]\d", line):
            return number
    return None
