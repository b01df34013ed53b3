"""Convert the times of requests, ISO 8601 or epoch milliseconds, to beginnings of upload ids."""

import re
from datetime import UTC, datetime, timedelta

from aquasense.dates import FIRST_DAY, FIRST_YEAR, LAST_DAY, LAST_YEAR
from aquasense.uploads.identity import format_id_time

# Texts that sort before and after every upload id.
BEFORE_ALL, AFTER_ALL = "0", "~"

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
# Milliseconds of 1970-01-02 to 2286, and as many before 1970. A shorter number may be a date
# (20240601), a longer one a time (20240601120000).
EPOCH_PATTERN = r"0|-?\d{9,13}"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_time(text: str) -> str:
    """Return the beginning of the upload ids of a time: '20240601T000000.000Z'.

    A date is its midnight; a time without a zone is UTC; a number is milliseconds since 1970. Times
    outside the years of valid dates are BEFORE_ALL or AFTER_ALL.

    Raises:
        ValueError: it is neither an ISO 8601 date or time nor a number of milliseconds.
    """
    time = _parse(text)
    if time.year < FIRST_YEAR:
        return BEFORE_ALL
    return format_id_time(time) if time.year <= LAST_YEAR else AFTER_ALL


def parse_date(text: str) -> str:
    """Return the UTC date of a time (parse_time): '2024-06-01'.

    Times outside the years of valid dates are the first or the last valid date.

    Raises:
        ValueError: it is not a time.
    """
    beginning = parse_time(text)
    if beginning in (BEFORE_ALL, AFTER_ALL):
        return (FIRST_DAY if beginning == BEFORE_ALL else LAST_DAY).isoformat()
    return f"{beginning[:4]}-{beginning[4:6]}-{beginning[6:8]}"


def _parse(text: str) -> datetime:
    if re.fullmatch(EPOCH_PATTERN, text, re.ASCII):
        return _EPOCH + timedelta(milliseconds=int(text))
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError("not an ISO 8601 time")
    day, clock, zone = match.groups()
    return datetime.fromisoformat(f"{day}T{clock or '00:00'}{(zone or 'Z').upper()}")
