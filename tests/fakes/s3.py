"""A versioned bucket in memory, with the calls of adapters.s3."""

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
        page: most entries of a page, whatever the request's page size.
    """

    def __init__(self) -> None:
        self.now = START
        self.page = 1000
        self.before: Callable[[str], None] = lambda _: None
        self.entries: dict[str, list[Entry]] = {}
        self.objects: dict[tuple[str, str], bytes] = {}
        self._count = 0

    # Changes of the bucket by its users

    def pass_time(self, seconds: float) -> Self:
        self.now += timedelta(seconds=seconds)
        return self

    def upload(self, key: str, content: bytes) -> Entry:
        return self._add(key, content)

    def delete(self, key: str) -> Entry:
        """Put a delete marker on top."""
        return self._add(key, None)

    def delete_permanently(self, entry: Entry) -> None:
        self.entries[entry.key].remove(entry)

    def _add(self, key: str, content: bytes | None) -> Entry:
        self._count += 1
        # Opaque as on AWS, and reproducible.
        version_id = hashlib.sha256(b"%d" % self._count).hexdigest()[:32]
        entry = Entry(key, version_id, self.now.replace(microsecond=0), content)
        self.entries.setdefault(key, []).append(entry)
        return entry

    # Calls of adapters.s3

    def get_object(self, **request: str) -> dict[str, Any]:
        self.before("GetObject")
        key = request["Key"]
        if "VersionId" in request:
            for entry in self.entries.get(key, []):
                if entry.version_id == request["VersionId"]:
                    if entry.content is None:
                        raise _error("MethodNotAllowed", 405, "GetObject")
                    return {"Body": io.BytesIO(entry.content)}
            raise _error("NoSuchVersion", 404, "GetObject")
        if (request["Bucket"], key) not in self.objects:
            raise _error("NoSuchKey", 404, "GetObject")
        return {"Body": io.BytesIO(self.objects[request["Bucket"], key])}

    def put_object(self, **request: Any) -> dict[str, Any]:
        self.before("PutObject")
        self.objects[request["Bucket"], request["Key"]] = bytes(request["Body"])
        return {}

    def delete_object(self, **request: Any) -> dict[str, Any]:
        self.before("DeleteObject")
        self.objects.pop((request["Bucket"], request["Key"]), None)
        return {}

    def get_paginator(self, operation: str) -> "FakeS3":
        assert operation == "list_object_versions"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        size = min(request["PaginationConfig"]["PageSize"], self.page)
        listed = [
            (entry, index == 0)
            for key in sorted(self.entries, key=str.encode)
            if key.startswith(request["Prefix"])
            for index, entry in enumerate(reversed(self.entries[key]))
        ]
        for first in range(0, len(listed), size) or [0]:
            self.before("ListObjectVersions")
            page: dict[str, Any] = {}
            for entry, latest in listed[first : first + size]:
                member = {
                    "Key": entry.key,
                    "VersionId": entry.version_id,
                    "LastModified": entry.at,
                    "IsLatest": latest,
                }
                if entry.content is None:
                    page.setdefault("DeleteMarkers", []).append(member)
                else:
                    page.setdefault("Versions", []).append(member | {"Size": len(entry.content)})
            yield page


def _error(code: str, status: int, operation: str) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": code},
            "ResponseMetadata": {"HTTPStatusCode": status},
        },
        operation,
    )
