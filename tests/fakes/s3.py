"""A versioned bucket in memory: the calls adapters.bucket makes, as AWS answers them."""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from botocore.exceptions import ClientError

START = datetime(2026, 11, 23, 6, 0, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A version of an object, or a delete marker where content is None."""

    key: str
    version_id: str
    at: datetime
    content: bytes | None


class FakeS3:
    """A client of one versioned bucket and of plain ones.

    Attributes:
        now: the service's clock; LastModified has whole seconds, as AWS's has.
        before: called with the name of each call; may raise.
        page: what a page holds at the most, whatever is asked for.
    """

    def __init__(self) -> None:
        self.now = START
        self.page = 1000
        self.before: Callable[[str], None] = lambda _: None
        self.entries: dict[str, list[Entry]] = {}
        self.objects: dict[tuple[str, str], bytes] = {}
        self._count = 0

    # What people do to the bucket

    def pass_time(self, seconds: float) -> Self:
        self.now += timedelta(seconds=seconds)
        return self

    def upload(self, key: str, content: bytes) -> Entry:
        return self._add(key, content)

    def delete(self, key: str) -> Entry:
        """Put a delete marker on top."""
        return self._add(key, None)

    def delete_for_good(self, entry: Entry) -> None:
        self.entries[entry.key].remove(entry)

    def _add(self, key: str, content: bytes | None) -> Entry:
        self._count += 1
        # Opaque, as AWS's are, and the same whenever the same things are done again.
        version_id = hashlib.sha256(b"%d" % self._count).hexdigest()[:32]
        entry = Entry(key, version_id, self.now.replace(microsecond=0), content)
        self.entries.setdefault(key, []).append(entry)
        return entry

    # What adapters.bucket calls

    def get_object(self, **asked: str) -> dict[str, Any]:
        self.before("GetObject")
        key = asked["Key"]
        if "VersionId" in asked:
            for entry in self.entries.get(key, []):
                if entry.version_id == asked["VersionId"]:
                    if entry.content is None:
                        raise _error("MethodNotAllowed", 405, "GetObject")
                    return {"Body": io.BytesIO(entry.content)}
            raise _error("NoSuchVersion", 404, "GetObject")
        if (asked["Bucket"], key) not in self.objects:
            raise _error("NoSuchKey", 404, "GetObject")
        return {"Body": io.BytesIO(self.objects[asked["Bucket"], key])}

    def put_object(self, **asked: Any) -> dict[str, Any]:
        self.before("PutObject")
        self.objects[asked["Bucket"], asked["Key"]] = bytes(asked["Body"])
        return {}

    def get_paginator(self, operation: str) -> "FakeS3":
        assert operation == "list_object_versions"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        size = min(asked["PaginationConfig"]["PageSize"], self.page)
        listed = [
            (entry, index == 0)
            for key in sorted(self.entries, key=str.encode)
            if key.startswith(asked["Prefix"])
            for index, entry in enumerate(reversed(self.entries[key]))
        ]
        for first in range(0, len(listed), size) or [0]:
            self.before("ListObjectVersions")
            # Built entry by entry: what is uploaded between two pages is seen or not, as on AWS.
            page: dict[str, Any] = {}
            for entry, latest in listed[first : first + size]:
                shown = {
                    "Key": entry.key,
                    "VersionId": entry.version_id,
                    "LastModified": entry.at,
                    "IsLatest": latest,
                }
                if entry.content is None:
                    page.setdefault("DeleteMarkers", []).append(shown)
                else:
                    page.setdefault("Versions", []).append(shown | {"Size": len(entry.content)})
            yield page


def _error(code: str, status: int, operation: str) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": code},
            "ResponseMetadata": {"HTTPStatusCode": status},
        },
        operation,
    )
