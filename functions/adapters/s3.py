"""The S3 buckets: raw files with their versions and upload ids, and receipts."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from adapters import aws
from aquasense.csvfile.decode import Readable
from aquasense.uploads.identity import (
    Upload,
    Withdrawal,
    build_upload_id,
    format_id_time,
    is_folder_marker,
)

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

# Most entries S3 returns in one response.
PAGE = 1000


class Gone(LookupError):
    """The object version does not exist, or was deleted permanently."""


def s3_client(region: str, endpoint_url: str | None) -> "S3Client":
    """Return a client with timeouts and retries; credentials come from botocore's chain."""
    client: S3Client = aws.create_client("s3", region, endpoint_url)
    return client


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """An object version, with its withdrawal if its key was deleted later."""

    upload: Upload
    withdrawal: Withdrawal | None


class Bucket:
    """One versioned bucket."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self.name = name

    def find_version(self, key: str, version_id: str | None = None) -> StoredVersion:
        """Return one version of an object; the newest if version_id is None.

        Raises:
            Gone: there is no such version.
        """
        history = self.list_versions(key)
        for stored in reversed(history):
            if version_id in (None, stored.upload.version_id):
                return stored
        raise Gone(f"no version {version_id} of {key}")

    def list_versions(self, key: str) -> list[StoredVersion]:
        """Return every version of the key, oldest first."""
        return _build_versions(self._entries(key))

    def list_all_versions(self) -> Iterator[StoredVersion]:
        """Yield every version of every file, key by key, oldest first."""
        for key in self.list_keys():
            yield from self.list_versions(key)

    def list_keys(self, page_size: int = PAGE) -> Iterator[str]:
        """Yield the key of every file, including those of deleted files."""
        for key, _ in groupby(self._pages("", page_size), key=itemgetter("Key")):
            if not is_folder_marker(key):
                yield key

    def open(self, upload: Upload) -> Readable:
        """Return the bytes of exactly this version, as a stream.

        Raises:
            Gone: the version was deleted meanwhile.
        """
        try:
            response = self._client.get_object(
                Bucket=self.name, Key=upload.key, VersionId=upload.version_id
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "NoSuchVersion"):
                raise Gone(f"no version {upload.version_id} of {upload.key}") from error
            raise
        return response["Body"]

    def _entries(self, key: str) -> list[Any]:
        """Return versions and delete markers of the key, newest first, as S3 lists them."""
        entries = self._list_entries(key, PAGE)
        versions = {format_id_time(entry["LastModified"]) for entry in entries if "Size" in entry}
        markers = {
            format_id_time(entry["LastModified"]) for entry in entries if "Size" not in entry
        }
        if versions & markers:
            # A page lists versions and markers apart, and S3 times have whole seconds: within one
            # second only pages of one entry show the order.
            entries = self._list_entries(key, 1)
        return entries

    def _list_entries(self, key: str, page_size: int) -> list[Any]:
        return list(takewhile(lambda entry: entry["Key"] == key, self._pages(key, page_size)))

    def _pages(self, prefix: str, page_size: int) -> Iterator[Any]:
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self.name, Prefix=prefix, PaginationConfig={"PageSize": page_size}
        )
        for page in pages:
            entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            # Stable: within one key and time, versions keep the order of S3.
            entries.sort(key=lambda entry: entry["LastModified"], reverse=True)
            entries.sort(key=lambda entry: entry["Key"].encode())
            yield from entries


def _build_versions(entries: Sequence[Any]) -> list[StoredVersion]:
    """Return the versions of one key, oldest first, given its entries, newest first."""
    versions: list[StoredVersion] = []
    deletion_id: str | None = None
    for entry, entry_id in zip(entries, _upload_ids(entries), strict=True):
        if "Size" not in entry:
            deletion_id = entry_id
            continue
        upload = Upload(
            id=entry_id,
            key=entry["Key"],
            version_id=entry["VersionId"],
            uploaded_at=entry["LastModified"],
            size=entry["Size"],
        )
        withdrawal = Withdrawal(entry_id, deletion_id) if deletion_id else None
        versions.append(StoredVersion(upload, withdrawal))
    return versions[::-1]


def _upload_ids(entries: Sequence[Any]) -> list[str]:
    """Return the upload id of each entry; the position counts older entries of one moment."""
    upload_ids: list[str] = []
    older: Counter[str] = Counter()
    for entry in reversed(entries):
        modified = entry["LastModified"]
        second = format_id_time(modified)
        upload_ids.append(
            build_upload_id(entry["Key"], entry["VersionId"], modified, older[second])
        )
        older[second] += 1
    return upload_ids[::-1]


class ObjectStore:
    """The bucket of receipts."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self._name = name

    def put(self, key: str, body: bytes, content_type: str = "application/json") -> None:
        """Write an object; a repetition changes nothing."""
        self._client.put_object(Bucket=self._name, Key=key, Body=body, ContentType=content_type)

    def delete(self, key: str) -> None:
        """Delete an object, if it exists."""
        self._client.delete_object(Bucket=self._name, Key=key)

    def list_keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys that begin with a prefix."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._name, Prefix=prefix
        )
        for page in pages:
            yield from (entry["Key"] for entry in page.get("Contents", []))
