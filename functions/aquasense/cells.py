"""The cells of one line, read with care: any way people write them, and nothing else."""

import csv
import re
from datetime import date
from decimal import Decimal

from aquasense.days import FIRST_DAY, LAST_DAY

# What people see as a space. Not all that Unicode calls one: an old ellipsis (byte 85) is none.
_SPACES = " \t\v\f\xa0\u2007\u202f"
_DATE = re.compile(r"(\d{1,4})([/-])(\d{1,2})\2(\d{1,4})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{0,60})?|\.\d{1,60})(?:[eE][+-]?\d{1,2})?", re.ASCII)


class Refused(Exception):
    """The line is no reading: code and reason as its rejection has them."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def cells_of(text: str, delimiter: str) -> list[str]:
    """The cells of a line, without spaces around them."""
    if '"' not in text:
        return [cell.strip(_SPACES) for cell in text.split(delimiter)]
    try:
        (cells,) = csv.reader([text], delimiter=delimiter, skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        raise Refused("unclosed_quote", "the quotation marks of the line do not match") from None
    return [cell.strip(_SPACES) for cell in cells]


def iso_date(text: str) -> tuple[str, bool]:
    """The ISO date, and whether it only makes sense with the day first."""
    if not text:
        raise Refused("missing_value", "the date is missing")
    match = _DATE.fullmatch(text)
    parts = match.group(1, 3, 4) if match else ("", "", "")
    if len(parts[0]) == 4 and len(parts[2]) <= 2:
        year, month, day = map(int, parts)
    elif len(parts[0]) <= 2 and len(parts[2]) == 4:
        day, month, year = map(int, parts)
    else:
        raise Refused("bad_date", "the date must look like 2022/12/1, 2022-12-01 or 01/12/2022")
    try:
        when = date(year, month, day)
    except ValueError:
        if len(parts[2]) == 4 and day <= 12 < month <= 31:
            raise Refused("month_first_date", "there is no such day; is it month first?") from None
        raise Refused("impossible_date", "there is no such day in the calendar") from None
    if not FIRST_DAY <= when <= LAST_DAY:
        raise Refused("date_out_of_range", f"the year must be {FIRST_DAY.year} to {LAST_DAY.year}")
    return when.isoformat(), len(parts[2]) == 4 and day > 12


def number_of(text: str, what: str) -> str:
    """The number as a plain decimal text with every digit of the file."""
    if not text:
        raise Refused("missing_value", f"the {what} is missing")
    pointed = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    if not _NUMBER.fullmatch(pointed):
        raise Refused("not_a_number", f"the {what} is not a number")
    # Every digit stays; only what JSON does not allow in a number (+1, .5, 007, 1e-5) goes.
    return format(Decimal(pointed), "f")


def positive(deviation: str) -> str:
    """The same, unless it is below zero; minus zero is zero."""
    if Decimal(deviation) < 0:
        raise Refused("negative_deviation", "a standard deviation cannot be negative")
    return deviation.removeprefix("-")
