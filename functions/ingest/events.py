"""Which object versions an event speaks of, whatever wraps it."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_plus


class Put(NamedTuple):
    """An object was put: bucket, key as people know it, version (None: the newest)."""

    bucket: str
    key: str
    version_id: str | None


def puts(notification: Mapping[str, Any]) -> Iterator[Put]:
    """The puts of an S3 notification; none for s3:TestEvent and for what is not a put.

    Raises:
        KeyError: it is no S3 notification.
    """
    if notification.get("Event") == "s3:TestEvent":
        return
    for record in notification["Records"]:
        if record["eventName"].removeprefix("s3:").startswith("ObjectCreated:"):
            where = record["s3"]
            yield Put(
                where["bucket"]["name"],
                # Native notifications encode the key as a form does: a space arrives as '+'.
                unquote_plus(where["object"]["key"]),
                where["object"].get("versionId"),
            )
