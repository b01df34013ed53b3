"""Versions of a date, and the current reading that follows from them.

Every accepted row of a file is stored as a *version* of its date and never changed. A date has as
many versions as uploads have a row for it. Its *current reading* is the version with the greatest
upload id among those not withdrawn, and everything else (figures, flags, alerts, receipts) is
computed from current readings. An answer as of an earlier time is the same computation without the
uploads and deletions after that time.

Ids are explained in aquasense.uploads.identity: they sort by time.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple


class Version(NamedTuple):
    """The row of one upload for one date.

    Attributes:
        date: ISO 8601.
        upload_id: of the upload with the row.
        mean, deviation: decimal numbers, digit for digit as in the file; in the dataset's unit.
        line: number of the row's line in the file.
        file: the key of the file's object.
        deletion_id: of the deletion that withdrew the version; empty if there was none.
        partners: versions of the dates that share a value with a version of this date
            (readings.repeats), without line and file.
    """

    date: str
    upload_id: str
    mean: str
    deviation: str
    line: int
    file: str
    deletion_id: str = ""
    partners: tuple["Version", ...] = ()

    def same_values(self, other: "Version") -> bool:
        """Return True if mean and deviation are equal as numbers: '15' and '15.0' are."""
        return Decimal(self.mean) == Decimal(other.mean) and Decimal(self.deviation) == Decimal(
            other.deviation
        )


def current_readings(versions: Iterable[Version], as_of: str | None = None) -> list[Version]:
    """Return the current reading of each date, in order of date.

    Args:
        versions: of the dates, in any order.
        as_of: an upload id or the beginning of one (times.parse_time): later uploads and deletions
            do not count. None is now.
    """
    newest: dict[str, Version] = {}
    for version in versions:
        if as_of is not None and version.upload_id[: len(as_of)] > as_of:
            continue
        if version.deletion_id and (as_of is None or version.deletion_id[: len(as_of)] <= as_of):
            continue
        candidate = newest.get(version.date)
        if candidate is None or version.upload_id > candidate.upload_id:
            newest[version.date] = version
    readings = [newest[date] for date in sorted(newest)]
    if as_of is None:
        return readings
    return [
        reading._replace(partners=_list_until(reading.partners, as_of))
        if reading.partners
        else reading
        for reading in readings
    ]


def _list_until(versions: Iterable[Version], as_of: str) -> tuple[Version, ...]:
    """Return the versions without the uploads and deletions after a time."""
    return tuple(
        version._replace(deletion_id="") if version.deletion_id[: len(as_of)] > as_of else version
        for version in versions
        if version.upload_id[: len(as_of)] <= as_of
    )
