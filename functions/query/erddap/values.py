"""Parse the values of constraints: numbers, times, and min() and max() of a variable."""

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from aquasense.figures.monthly import EXACT
from query.erddap.errors import query_error, quote

_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{0,60})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_ISO = re.compile(
    r"(\d{4})(?:-(\d\d?)(?:-(\d\d?)(?:[T ](\d\d?)(?::(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?)?)?)?)?"
    r"(Z|[+ -]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)
# In a query string a plus sign that is not encoded decodes to a space.
_OFFSET = r"(?:([+ -])(\d{1,9}(?:\.\d{1,9})?)\s*([a-z]*))?"
_NOW = re.compile(rf"now{_OFFSET}", re.ASCII)
_EXTREME = re.compile(rf"(min|max)\((\w+)\){_OFFSET}", re.ASCII)
_SECONDS = {"": 1, "second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_MONTHS = {"month": 1, "year": 12}

type Column = Callable[[str], Sequence[Any]]


def parse_number(text: str, column: Column) -> Decimal | None:
    """Return a number; None for NaN.

    Args:
        text: a number, NaN, or min() or max() of a variable.
        column: returns all values of a variable.

    Raises:
        ErddapError: it is none of these.
    """
    if text == "NaN":
        return None
    if match := _EXTREME.fullmatch(text):
        offset = Decimal(f"{_sign(match[3])}{match[4]}") if match[4] else Decimal(0)
        if match[5]:
            raise query_error(f"{quote(text)}: only a time has units.")
        return EXACT.add(_extreme(match[1], match[2], column), offset)
    if not _NUMBER.fullmatch(text):
        raise query_error(f"{quote(text)} is not a number.")
    return Decimal(text)


def parse_time(text: str, now: datetime, column: Column) -> Decimal | None:
    """Return a time in seconds since 1970; None for NaN.

    Args:
        text: seconds since 1970, ISO 8601 or its beginning, now-7days, or max(time)-7days.
        now: the time of the request.
        column: returns all values of a variable.

    Raises:
        ErddapError: it is none of these.
    """
    if text == "NaN":
        return None
    if match := _NOW.fullmatch(text):
        return _shift(now, text, *match.groups())
    if match := _EXTREME.fullmatch(text):
        try:
            extreme = datetime.fromtimestamp(int(_extreme(match[1], match[2], column)), UTC)
        except (ValueError, OverflowError):
            raise query_error(f"{quote(text)} is out of range.") from None
        return _shift(extreme, text, *match.groups()[2:])
    if match := _ISO.fullmatch(text):
        return _parse_iso(text, match)
    if not _NUMBER.fullmatch(text):
        raise query_error(
            f"{quote(text)} is not a time: such as 2022-12-01, 2022-12-01T00:00:00Z or now-7days."
        )
    return Decimal(text)


def _parse_iso(text: str, match: re.Match[str]) -> Decimal:
    year, month, day, hour, minute, second, zone = match.groups()
    zone = (zone or "Z").replace(" ", "+")
    numbers = (int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0))
    try:
        time = datetime(*numbers, int(second or 0), tzinfo=UTC)
        if zone.upper() != "Z":
            sign = -1 if zone[0] == "-" else 1
            time -= sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    except (ValueError, OverflowError):
        raise query_error(f"{quote(text)} is not a time that exists.") from None
    return Decimal(int(time.timestamp()))


def _shift(time: datetime, text: str, sign: str | None, number: str | None, unit: str) -> Decimal:
    """Return a time with an offset, in seconds since 1970."""
    if number is None:
        return Decimal(int(time.timestamp()))
    unit = unit.removesuffix("s")
    amount = Decimal(f"{_sign(sign)}{number}")
    try:
        if unit in _SECONDS:
            shifted = time + timedelta(seconds=float(amount) * _SECONDS[unit])
        elif unit in _MONTHS and amount == int(amount):
            shifted = _add_months(time, int(amount) * _MONTHS[unit])
        else:
            raise query_error(
                f"{quote(text)}: the units are seconds, minutes, hours, days, months and years."
            )
    except (ValueError, OverflowError):
        raise query_error(f"{quote(text)} is out of range.") from None
    return Decimal(int(shifted.timestamp()))


def _add_months(time: datetime, months: int) -> datetime:
    year, month = divmod(time.year * 12 + time.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    return time.replace(
        year=year, month=month + 1, day=min(time.day, monthrange(year, month + 1)[1])
    )


def _extreme(function: str, name: str, column: Column) -> Decimal:
    numbers = [value for value in column(name) if isinstance(value, int | Decimal)]
    if not numbers:
        raise query_error(f"{function}({name[:50]}) has no value.")
    return Decimal(min(numbers) if function == "min" else max(numbers))


def _sign(text: str | None) -> str:
    return "-" if text == "-" else "+"
