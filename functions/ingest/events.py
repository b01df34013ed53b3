"""Which object versions an event speaks of, whatever wraps it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from aquasense.versions import is_folder


@dataclass(frozen=True, slots=True)
class Put:
    """An object was put: bucket, key as people know it, version (None: the newest).

    progress names what an earlier run left of it, hop counts those runs.
    """

    bucket: str
    key: str
    version_id: str | None
    progress: str = ""
    hop: int = 0


@dataclass(frozen=True, slots=True)
class Removed:
    """A key was deleted: with a delete marker, or one version of it for good."""

    bucket: str
    key: str
    version_id: str | None
    for_good: bool
    at: datetime


def happenings(notification: Mapping[str, Any]) -> Iterator[Put | Removed]:
    """What an S3 notification, or a run that hands on, says; nothing for s3:TestEvent.

    Raises:
        KeyError: it is neither.
    """
    if notification.get("Event") == "s3:TestEvent":
        return
    if "resume" in notification:
        yield Put(**notification["resume"])
        return
    for record in notification["Records"]:
        name = record["eventName"].removeprefix("s3:")
        where = record["s3"]
        bucket = where["bucket"]["name"]
        # Native notifications encode the key as a form does: a space arrives as '+'.
        key = unquote_plus(where["object"]["key"])
        version_id = where["object"].get("versionId")
        if is_folder(key):
            continue
        if name.startswith("ObjectCreated:"):
            yield Put(bucket, key, version_id)
        elif name.startswith("ObjectRemoved:"):
            at = datetime.fromisoformat(record["eventTime"])
            yield Removed(bucket, key, version_id, name.endswith(":Delete"), at)
