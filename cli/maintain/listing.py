"""List the uploads of the raw bucket, also where a key cannot be listed or a file not be read."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from adapters.s3 import Bucket, StoredVersion


@dataclass(slots=True)
class Listing:
    """The uploads of a bucket.

    Attributes:
        uploads: by upload id.
        errors: the error by key, of keys that cannot be listed or read.
        last_key: last key of the list.
        end: error that ended the list of keys after it; empty if it is complete.
    """

    bucket: Bucket
    uploads: dict[str, StoredVersion] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    last_key: str = ""
    end: str = ""

    @classmethod
    def of(cls, bucket: Bucket) -> "Listing":
        """List every upload, as far as the service lists its keys."""
        listing = cls(bucket)
        try:
            keys = list(bucket.list_keys())
        except ClientError as error:
            listing.end = describe_failure(error)
            keys = _list_first_keys(bucket)
            listing.last_key = keys[-1] if keys else ""
        listing.add_files(keys)
        return listing

    def add_files(self, keys: Iterable[str]) -> None:
        """Add the uploads of keys, unless they are listed."""
        listed = {stored.upload.key for stored in self.uploads.values()} | self.errors.keys()
        for key in keys:
            if key not in listed:
                self.uploads |= {stored.upload.id: stored for stored in self.list_file(key)}

    def list_file(self, key: str) -> list[StoredVersion]:
        """Return the present versions of a key; an error is recorded, and gives none."""
        try:
            return self.bucket.list_versions(key)
        except ClientError as error:
            self.errors[key] = describe_failure(error)
            return []

    @property
    def complete(self) -> bool:
        """Return True if every key could be listed and read."""
        return not self.end and not self.errors

    @property
    def in_order(self) -> list[StoredVersion]:
        """Return the uploads in order of their ids."""
        return [self.uploads[upload_id] for upload_id in sorted(self.uploads)]


def _list_first_keys(bucket: Bucket) -> list[str]:
    """Return the keys before the one that cannot be listed, with pages of one entry."""
    keys: list[str] = []
    try:
        for key in bucket.list_keys(page_size=1):
            keys.append(key)
    except ClientError:
        pass
    return keys


def describe_failure(error: ClientError) -> str:
    """Return an error that concerns one key or file; raise any other.

    The emulator fails on keys with control characters. Throttling and missing rights concern all.
    """
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status == 500 or (status == 403 and error.operation_name == "GetObject"):
        return str(error)
    raise error
