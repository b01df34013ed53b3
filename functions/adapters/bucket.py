"""The bucket of raw files: object versions, their order and their bytes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from aquasense.decoding import Readable
from aquasense.versions import Upload, upload_id

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

# Long enough for a slow first byte, short enough for several attempts within one invocation.
CONFIG = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4}
)


class Gone(LookupError):
    """The object version is not in the bucket (any more)."""


def s3_client(region: str, endpoint_url: str | None) -> "S3Client":
    """A client with timeouts and retries set; credentials come from the usual chain."""
    return boto3.client("s3", region_name=region, endpoint_url=endpoint_url, config=CONFIG)


class Bucket:
    """One versioned bucket."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self.name = name

    def upload(self, key: str, version_id: str | None) -> Upload:
        """One version of an object as an upload; the newest where no version is named.

        Raises:
            Gone: there is no such version.
        """
        versions = list(self._versions(key))
        for index, version in enumerate(versions):
            if version_id in (None, version["VersionId"]):
                same_time = [v["LastModified"] == version["LastModified"] for v in versions]
                position = sum(same_time[index + 1 :])
                return Upload(
                    id=upload_id(key, version["VersionId"], version["LastModified"], position),
                    key=key,
                    version_id=version["VersionId"],
                    uploaded_at=version["LastModified"],
                    size=version["Size"],
                )
        raise Gone(f"no version {version_id} of {key}")

    def open(self, upload: Upload) -> Readable:
        """The bytes of exactly this version, as a stream.

        Raises:
            Gone: the version was deleted in the meantime.
        """
        try:
            answer = self._client.get_object(
                Bucket=self.name, Key=upload.key, VersionId=upload.version_id
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "NoSuchVersion"):
                raise Gone(f"no version {upload.version_id} of {upload.key}") from error
            raise
        return answer["Body"]

    def _versions(self, key: str) -> Iterator[Any]:
        """All versions of the key, the newest first, as S3 lists them."""
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self.name, Prefix=key
        )
        for page in pages:
            for version in page.get("Versions", []):
                if version["Key"] != key:
                    return
                yield version
