"""A moment as people write it, as a place in the order of uploads."""

import re
from datetime import datetime

from aquasense.dates import FIRST_YEAR, LAST_YEAR
from aquasense.uploads.identity import format_id_time

# Places in the order before and after every upload.
BEFORE_ALL, AFTER_ALL = "0", "~"

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)


def parse_time(text: str) -> str:
    """The beginning of the places in the order that a moment has: '20240601T000000.000Z'.

    A day is its midnight, and without a zone it is UTC.

    Raises:
        ValueError: it is no moment of ISO 8601.
    """
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError("no time of ISO 8601")
    day, clock, zone = found.groups()
    time = datetime.fromisoformat(f"{day}T{clock or '00:00'}{(zone or 'Z').upper()}")
    if time.year < FIRST_YEAR:
        return BEFORE_ALL
    return format_id_time(time) if time.year <= LAST_YEAR else AFTER_ALL
