"""Parse S3 notifications into object events."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from aquasense.uploads.identity import is_folder_marker


@dataclass(frozen=True, slots=True)
class ObjectCreated:
    """An object version was created; a version_id of None stands for the latest version."""

    bucket: str
    key: str
    version_id: str | None


@dataclass(frozen=True, slots=True)
class ObjectRemoved:
    """A delete marker was created, or an object version was deleted permanently.

    Attributes:
        bucket, key, version_id: of the delete marker or the deleted version.
        permanent: whether the object version no longer exists.
        time: eventTime of the notification.
    """

    bucket: str
    key: str
    version_id: str | None
    permanent: bool
    time: datetime


def parse_notification(notification: Mapping[str, Any]) -> Iterator[ObjectCreated | ObjectRemoved]:
    """Yield the object events of an S3 notification.

    s3:TestEvent, folders made in the S3 console and other types of event yield nothing.

    Raises:
        KeyError: the message is not a notification.
    """
    if notification.get("Event") == "s3:TestEvent":
        return
    if "resume" in notification:
        # Queued by an earlier release, which split a large file: ingest the whole file again.
        resume = notification["resume"]
        yield ObjectCreated(resume["bucket"], resume["key"], resume["version_id"])
        return
    for record in notification["Records"]:
        name = record["eventName"].removeprefix("s3:")
        bucket, s3_object = record["s3"]["bucket"]["name"], record["s3"]["object"]
        # S3 URL-encodes the key, with '+' for a space.
        key, version_id = unquote_plus(s3_object["key"]), s3_object.get("versionId")
        if is_folder_marker(key):
            continue
        if name.startswith("ObjectCreated:"):
            yield ObjectCreated(bucket, key, version_id)
        elif name.startswith("ObjectRemoved:"):
            time = datetime.fromisoformat(record["eventTime"])
            yield ObjectRemoved(bucket, key, version_id, name.endswith(":Delete"), time)
