"""Convert the ISO 8601 times of requests to beginnings of upload ids."""

import re
from datetime import datetime

from aquasense.dates import FIRST_YEAR, LAST_YEAR
from aquasense.uploads.identity import format_id_time

# Texts that sort before and after every upload id.
BEFORE_ALL, AFTER_ALL = "0", "~"

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)


def parse_time(text: str) -> str:
    """Return the beginning of the upload ids of a time: '20240601T000000.000Z'.

    A date is its midnight; a time without a zone is UTC. Times outside the years of valid dates
    are BEFORE_ALL or AFTER_ALL.

    Raises:
        ValueError: it is not an ISO 8601 date or time.
    """
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError("not an ISO 8601 time")
    day, clock, zone = match.groups()
    time = datetime.fromisoformat(f"{day}T{clock or '00:00'}{(zone or 'Z').upper()}")
    if time.year < FIRST_YEAR:
        return BEFORE_ALL
    return format_id_time(time) if time.year <= LAST_YEAR else AFTER_ALL
