"""Parse S3 notifications into object events."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from aquasense.uploads.identity import is_folder_marker


@dataclass(frozen=True, slots=True)
class ObjectCreated:
    """An object version was created; version_id None means the newest."""

    bucket: str
    key: str
    version_id: str | None


@dataclass(frozen=True, slots=True)
class ObjectRemoved:
    """A key was deleted with a delete marker, or one version of it permanently."""

    bucket: str
    key: str
    version_id: str | None
    permanent: bool
    at: datetime


def parse_notification(notification: Mapping[str, Any]) -> Iterator[ObjectCreated | ObjectRemoved]:
    """Yield the object events of an S3 notification; none for s3:TestEvent.

    Raises:
        KeyError: it is not a notification.
    """
    if notification.get("Event") == "s3:TestEvent":
        return
    if "resume" in notification:
        # Queued by a release that split large files over several runs: start from the beginning.
        rest = notification["resume"]
        yield ObjectCreated(rest["bucket"], rest["key"], rest["version_id"])
        return
    for record in notification["Records"]:
        name = record["eventName"].removeprefix("s3:")
        bucket = record["s3"]["bucket"]["name"]
        # Native notifications encode the key as a form does: a space arrives as '+'.
        key = unquote_plus(record["s3"]["object"]["key"])
        version_id = record["s3"]["object"].get("versionId")
        if is_folder_marker(key):
            continue
        if name.startswith("ObjectCreated:"):
            yield ObjectCreated(bucket, key, version_id)
        elif name.startswith("ObjectRemoved:"):
            at = datetime.fromisoformat(record["eventTime"])
            yield ObjectRemoved(bucket, key, version_id, name.endswith(":Delete"), at)
