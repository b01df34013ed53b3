"""Ids of uploads, deletions and events.

An *upload* is one version of one object in the bucket. Its *upload id* is a text:

    20261123T061648.650Z-0000-1a2b3c4d5e6f
    upload time, UTC     |    digest of key and object version
                         number of older versions and delete markers of the key at the same time

Upload ids sort by time, and for each date the upload with the greatest id wins. They are derived
from the bucket's list of object versions alone, so that a rebuild from the bucket gives the same
ids (docs/decisions.md).

A deletion of a key has a *deletion id* of the same form, derived from its delete marker, so that
uploads and deletions sort together. An *event id* names one event of one upload: its arrival (the
upload id) or its withdrawal (the deletion id, '#' and the upload id).
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime

UPLOAD_ID_PATTERN = r"\d{8}T\d{6}\.\d{3}Z-\d{4}-[0-9a-f]{12}"


@dataclass(frozen=True, slots=True)
class Upload:
    """One version of one object in the bucket; its size is in bytes."""

    id: str
    key: str
    version_id: str
    uploaded_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The withdrawal of an upload by a later deletion of its key."""

    upload_id: str
    deletion_id: str

    @property
    def event_id(self) -> str:
        """Return the event id: one deletion may withdraw several uploads."""
        return f"{self.deletion_id}#{self.upload_id}"


def is_folder_marker(key: str) -> bool:
    """Return True for the empty object that the S3 console puts for "create folder"."""
    return key.endswith("/")


def build_upload_id(key: str, version_id: str, uploaded_at: datetime, position: int) -> str:
    """Return the id of an upload or a deletion.

    Args:
        key: of the object.
        version_id: of the object version or the delete marker.
        uploaded_at: LastModified in the list of object versions; S3 has whole seconds.
        position: number of older versions and delete markers of the key with the same LastModified.
    """
    return f"{format_id_time(uploaded_at)}-{position:04d}-{digest_version(key, version_id)}"


def digest_version(key: str, version_id: str) -> str:
    """Return the end of an object version's upload id, which needs no time."""
    return hashlib.sha256(f"{key}\0{version_id}".encode()).hexdigest()[:12]


def format_id_time(time: datetime) -> str:
    """Return the beginning of the ids of a time: UTC in milliseconds, '20261123T061648.650Z'."""
    utc = time.astimezone(UTC)
    return f"{utc:%Y%m%dT%H%M%S}.{utc.microsecond // 1000:03d}Z"


def parse_time_part(event_id: str) -> str:
    """Return the beginning of an id that is its time; see format_id_time()."""
    return event_id.partition("-")[0]


def parse_upload_date(event_id: str) -> date:
    """Return the UTC date of an upload or deletion."""
    return date.fromisoformat(event_id[:8])


def parse_upload_time(event_id: str) -> str:
    """Return the ISO 8601 time of an upload or deletion: '2026-11-23T06:16:48.650Z'."""
    day, time = event_id[:8], event_id[9:20]
    return f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}"


def format_time(iso: str) -> str:
    """Return an ISO 8601 time in the form of all answers: '2026-11-23T06:16:48.650Z'."""
    return parse_upload_time(format_id_time(datetime.fromisoformat(iso)))
