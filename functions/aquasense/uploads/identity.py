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
from dataclasses import dataclass
from datetime import UTC, date, datetime


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
    deletion_id: str

    @property
    def event_id(self) -> str:
        """The stable id of what happened: one deletion may withdraw several uploads."""
        return f"{self.deletion_id}#{self.upload_id}"


def is_folder_marker(key: str) -> bool:
    """Whether a key is only what S3's console puts for "create folder"; no file, no upload."""
    return key.endswith("/")


def format_id_time(time: datetime) -> str:
    """A moment as upload ids begin, in UTC to the millisecond: '20261123T061648.650Z'."""
    utc = time.astimezone(UTC)
    return f"{utc:%Y%m%dT%H%M%S}.{utc.microsecond // 1000:03d}Z"


def parse_upload_date(order: str) -> date:
    """The day of an upload in UTC, from its id."""
    return date.fromisoformat(order[:8])


def parse_upload_time(order: str) -> str:
    """The ISO 8601 time an upload id begins with: '2026-11-23T06:16:48.650Z'."""
    day, time = order[:8], order[9:20]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}"


def format_time(iso: str) -> str:
    """A moment of ISO 8601 as answers write all of theirs: '2026-11-23T06:16:48.650Z'."""
    return parse_upload_time(format_id_time(datetime.fromisoformat(iso)))


def build_upload_id(key: str, version_id: str, uploaded_at: datetime, position: int) -> str:
    """The id, and order, of an upload.

    Args:
        key: of the object.
        version_id: of the object version.
        uploaded_at: LastModified as the list of object versions gives it. S3 gives whole seconds.
        position: how many older versions and delete markers of the key have the same LastModified.
    """
    return f"{format_id_time(uploaded_at)}-{position:04d}-{digest_version(key, version_id)}"


def digest_version(key: str, version_id: str) -> str:
    """What the id of an object version ends with, whatever else is known of it."""
    return hashlib.sha256(f"{key}\0{version_id}".encode()).hexdigest()[:12]
