"""Parse the date of a line, in every notation that is accepted."""

import re
from datetime import date, timedelta
from typing import NamedTuple

from aquasense.csvfile.fields import InvalidField, is_missing
from aquasense.dates import FIRST_DAY, LAST_DAY

_DATE = re.compile(r"(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})", re.ASCII)
_TIME = re.compile(r"(.*\d)(?:T| +)(\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)", re.ASCII)
_SEPARATOR = r"(?: +de +| *[/.-] *| +)"
_NAMED_MONTH = re.compile(
    rf"(?:(?P<day>\d{{1,2}}){_SEPARATOR}(?P<month>[a-z]+)\.?{_SEPARATOR}(?P<year>\d{{2,4}})"
    r"|(?P<english>[a-z]+)\.? +(?P<english_day>\d{1,2}),? +(?P<english_year>\d{2,4})"
    rf"|(?P<iso_year>\d{{4}}){_SEPARATOR}(?P<iso_month>[a-z]+)\.?{_SEPARATOR}(?P<iso_day>\d{{1,2}}))",
    re.ASCII | re.IGNORECASE,
)
# Spanish and English, full and abbreviated; the same abbreviation never means two months.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "enero ene january jan", "febrero feb february", "marzo mar march",
            "abril abr april apr", "mayo may", "junio jun june", "julio jul july",
            "agosto ago august aug", "septiembre setiembre sept sep set september",
            "octubre oct october", "noviembre nov november", "diciembre dic december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
# Five digits: shorter numbers may be years.
_SERIAL = re.compile(r"(\d{5})(?:[.,](\d*))?", re.ASCII)
# Excel counts 29 February 1900, which there was not, so its first two months are left out.
_SERIAL_ORIGIN = date(1899, 12, 30)


class ParsedDate(NamedTuple):
    """A date in ISO format.

    day_first is True for a date that is valid with the day first only, serial for Excel's number.
    """

    iso: str
    day_first: bool = False
    serial: bool = False


def parse_date(text: str) -> ParsedDate:
    """Parse the date of a line.

    Raises:
        InvalidField: missing, not a date, or outside FIRST_DAY to LAST_DAY.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        if is_missing(text):
            raise InvalidField("missing_value", "the {column} is missing", column="date")
        if serial := _SERIAL.fullmatch(text):
            return _parse_serial(*serial.groups(default=""))
        text = _strip_midnight(text)
        match = _DATE.fullmatch(text)
    if match is None:
        return ParsedDate(_build_date(*_split_named_month(text)))
    first, separator, middle, last = match.groups()
    if len(first) == 4 and len(last) <= 2 and separator != ".":
        return ParsedDate(_build_date(first, int(middle), last))
    if len(first) > 2 or len(last) not in (1, 2, 4):
        raise _bad_date()
    iso = _build_date(last, int(middle), first, numeric=True)
    return ParsedDate(iso, day_first=int(first) > 12)


def _strip_midnight(text: str) -> str:
    """Return the date before a time, which must be midnight."""
    match = _TIME.fullmatch(text)
    if match is None:
        return text
    if match[2].strip("0:.,"):
        raise _not_midnight()
    return match[1]


def _split_named_month(text: str) -> tuple[str, int, str]:
    """Return year, month and day of a date with the name of its month."""
    match = _NAMED_MONTH.fullmatch(text)
    if match is None:
        raise _bad_date()
    for prefix in ("", "english_", "iso_"):
        if year := match[f"{prefix}year"]:
            name = match["english" if prefix == "english_" else f"{prefix}month"]
            month = _MONTHS.get(name.lower())
            if month is None:
                raise _bad_date()
            return year, month, match[f"{prefix}day"]
    raise _bad_date()


def _build_date(year: str, month: int, day: str, *, numeric: bool = False) -> str:
    """Return the ISO date; numeric is True if the month might also stand first."""
    if len(year) <= 2:
        raise InvalidField("two_digit_year", "the year needs four digits")
    if len(year) != 4:
        raise _bad_date()
    try:
        parsed = date(int(year), month, int(day))
    except ValueError:
        if numeric and int(day) <= 12 < month <= 31:
            raise InvalidField(
                "month_first_date", "there is no such day; is it month first?"
            ) from None
        raise InvalidField("impossible_date", "there is no such day in the calendar") from None
    if not FIRST_DAY <= parsed <= LAST_DAY:
        raise _out_of_range()
    return parsed.isoformat()


def _parse_serial(days: str, fraction: str) -> ParsedDate:
    """Return the date of a number of Excel's days, of which the fraction is the time."""
    if fraction.strip("0"):
        raise _not_midnight()
    parsed = _SERIAL_ORIGIN + timedelta(days=int(days))
    if not FIRST_DAY <= parsed <= LAST_DAY:
        raise _out_of_range()
    return ParsedDate(parsed.isoformat(), serial=True)


def _bad_date() -> InvalidField:
    return InvalidField("bad_date", "the date must look like 2022/12/1, 2022-12-01 or 01/12/2022")


def _not_midnight() -> InvalidField:
    return InvalidField(
        "not_midnight", "a reading has a date without a time; only midnight is accepted"
    )


def _out_of_range() -> InvalidField:
    return InvalidField(
        "date_out_of_range",
        "the year must be {first} to {last}",
        first=FIRST_DAY.year,
        last=LAST_DAY.year,
    )
