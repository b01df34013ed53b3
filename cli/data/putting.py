"""Upload files so that their upload ids have the order in which they are put."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.s3 import Bucket
from aquasense.uploads.identity import Upload
from cli.console import Failure

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

# Clocks of one store differ by less; waiting longer would not help.
CLOCK_SECONDS = 5.0


def put(
    client: "S3Client",
    bucket: str,
    files: Iterable[tuple[Path, str]],
    begin: Callable[[], None] = lambda: None,
) -> Iterator[Upload]:
    """Put each file under its key, one after the other, and yield its upload.

    The order follows from LastModified, which has whole seconds on AWS. The next key waits for the
    next second, since two keys within one second have no order.

    Args:
        client: of the bucket.
        bucket: name.
        files: with their keys.
        begin: called just before the first byte of each file is sent.

    Raises:
        Failure: a file can no longer be read.
    """
    versions = Bucket(client, bucket)
    last: Upload | None = None
    for path, key in files:
        if last and last.key != key:
            _wait_for_next_second(client, bucket, last.uploaded_at)
        try:
            body = path.open("rb")
        except OSError as error:
            raise Failure(f"{path}: {error.strerror}", 2) from error
        with body:
            begin()
            answer = client.put_object(Bucket=bucket, Key=key, Body=body)
        last = versions.find_version(key, answer["VersionId"]).upload
        yield last


def out_of_order(uploads: Sequence[Upload]) -> list[Upload]:
    """Return the uploads whose id is smaller than that of the one before them."""
    return [
        later for earlier, later in zip(uploads, uploads[1:], strict=False) if later.id < earlier.id
    ]


def _wait_for_next_second(client: "S3Client", bucket: str, moment: datetime) -> None:
    """Wait until the store's clock is past this second, if it has no fractions."""
    if moment.microsecond:
        return
    deadline = time.monotonic() + CLOCK_SECONDS
    while _read_clock(client, bucket) <= moment.astimezone(UTC) and time.monotonic() < deadline:
        time.sleep(0.1)


def _read_clock(client: "S3Client", bucket: str) -> datetime:
    answer = client.head_bucket(Bucket=bucket)
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
