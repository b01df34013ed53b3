"""Uploads, the order they have, and the versions of a date that follow from it.

The order of an upload is derived from the bucket's list of object versions alone, so that a
rebuild from the bucket arrives at the same one (docs/decisions.md, 2026-11-23). It is a text that
sorts, and it is the upload's id:

    20261123T061648.650Z-0000-1a2b3c4d5e6f
    when uploaded        |    digest of key and object version
                         position among what happened to one key at the same time

A withdrawal (the key was deleted) has a place in the same order, derived from its delete marker.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Upload:
    """One version of one object in the bucket, and its place in the order of all uploads."""

    id: str
    key: str
    version_id: str
    uploaded_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That an upload's key was deleted after it; `order` is the place of the deletion."""

    upload_id: str
    order: str

    @property
    def event_id(self) -> str:
        """The stable id of what happened: one deletion may withdraw several uploads."""
        return f"{self.order}#{self.upload_id}"


class Version(NamedTuple):
    """What one upload says of one date. Decimal texts, exactly as in the file.

    `withdrawn` is the place in the order at which the upload was withdrawn, empty if it was not.
    """

    date: str
    order: str
    mean: str
    deviation: str
    line: int
    file: str
    withdrawn: str = ""

    def same_values(self, other: "Version") -> bool:
        """Whether both say the same, however many zeros they write it with."""
        return Decimal(self.mean) == Decimal(other.mean) and Decimal(self.deviation) == Decimal(
            other.deviation
        )


def is_folder(key: str) -> bool:
    """Whether a key is only what S3's console puts for "create folder"; no file, no upload."""
    return key.endswith("/")


def moment(time: datetime) -> str:
    """A moment as upload ids begin, in UTC to the millisecond: '20261123T061648.650Z'."""
    utc = time.astimezone(UTC)
    return f"{utc:%Y%m%dT%H%M%S}.{utc.microsecond // 1000:03d}Z"


def upload_day(order: str) -> date:
    """The day of an upload in UTC, from its id."""
    return date.fromisoformat(order[:8])


def upload_time(order: str) -> str:
    """The ISO 8601 time an upload id begins with: '2026-11-23T06:16:48.650Z'."""
    day, time = order[:8], order[9:20]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}"


def shown(iso: str) -> str:
    """A moment of ISO 8601 as answers write all of theirs: '2026-11-23T06:16:48.650Z'."""
    return upload_time(moment(datetime.fromisoformat(iso)))


def upload_id(key: str, version_id: str, uploaded_at: datetime, position: int) -> str:
    """The id, and order, of an upload.

    Args:
        key: of the object.
        version_id: of the object version.
        uploaded_at: LastModified as the list of object versions gives it. S3 gives whole seconds.
        position: how many older versions and delete markers of the key have the same LastModified.
    """
    return f"{moment(uploaded_at)}-{position:04d}-{digest(key, version_id)}"


def digest(key: str, version_id: str) -> str:
    """What the id of an object version ends with, whatever else is known of it."""
    return hashlib.sha256(f"{key}\0{version_id}".encode()).hexdigest()[:12]


def current(versions: Iterable[Version], as_of: str | None = None) -> list[Version]:
    """The value of each date, by date: its newest version that is not withdrawn.

    Args:
        versions: of the dates, in any order.
        as_of: a place in the order or the beginning of one (see moment()); what came after it,
            uploads and withdrawals alike, does not count. None is now.
    """
    newest: dict[str, Version] = {}
    for version in versions:
        if as_of is not None and version.order[: len(as_of)] > as_of:
            continue
        if version.withdrawn and (as_of is None or version.withdrawn[: len(as_of)] <= as_of):
            continue
        known = newest.get(version.date)
        if known is None or version.order > known.order:
            newest[version.date] = version
    return [newest[date] for date in sorted(newest)]
