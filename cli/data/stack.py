"""What the commands for files read of a stack: limits, objects, versions, private receipts."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import simplejson
from botocore.exceptions import ClientError

from adapters import aws
from adapters.config import Config
from adapters.s3 import Bucket, StoredVersion
from adapters.table import Table
from aquasense import datasets
from aquasense.csvfile.decode import FileLimits
from aquasense.datasets import Datasets
from aquasense.readings.versions import Version
from cli.console import Failure
from cli.data import names
from cli.data.waiting import RETRY_SECONDS
from cli.targets import Target
from query.validation import UPLOAD_ID_PATTERN

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

SUGGESTIONS = 3


def read_limits(target: Target) -> FileLimits:
    """Return the limits of files in a stack.

    Raises:
        ClientError, BotoCoreError: the stack does not exist or cannot be reached.
    """
    client = aws.create_client("cloudformation", target.region, target.endpoint)
    (stack,) = client.describe_stacks(StackName=target.stack)["Stacks"]
    values = {item["ParameterKey"]: item["ParameterValue"] for item in stack.get("Parameters", ())}
    return FileLimits(
        line_length=int(values.get("MaxLineLength") or FileLimits.line_length),
        rows=int(values.get("MaxRows") or FileLimits.rows),
        size=int(values.get("MaxBytes") or FileLimits.size),
    )


def load_datasets(target: Target, name: str = "") -> Datasets:
    """Return the datasets with the threshold of a stack.

    Raises:
        Failure: a name is given, and no dataset has it.
    """
    registered = datasets.load_datasets(target.config.alert_threshold)
    names.require_dataset(name, registered.by_name)
    return registered


def read_versions(config: Config, dataset: str) -> list[Version]:
    """Return all versions of a dataset in the table."""

    async def read() -> list[Version]:
        async with Table.open(config, RETRY_SECONDS) as table:
            return await table.read_all_versions(dataset)

    return asyncio.run(read())


def read_private_receipt(client: "S3Client", target: Target, upload_id: str) -> Any:
    """Return a receipt with the text of its rejected lines; None if there is none."""
    bucket, key = target.outputs["ReceiptsBucketName"], f"receipts/{upload_id}.json"
    try:
        body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        # Without the right to list the bucket, S3 answers 403 for a missing object.
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "AccessDenied"):
            return None
        raise
    return simplejson.loads(body, use_decimal=True)


def find_history(
    client: "S3Client", bucket: str, text: str, dataset: str = ""
) -> list[StoredVersion]:
    """Return every version of an object, oldest first.

    Args:
        client: of the bucket.
        bucket: name.
        text: a key, or a local path with the name of the object.
        dataset: the folder of the object; empty if it has none, or the text names it.

    Raises:
        Failure: there never was such an object; the message has the nearest names.
    """
    names.require_key(text)
    prefix = f"{dataset}/" if dataset else ""
    keys = [text] if text.startswith(prefix) else []
    for key in [*keys, prefix + PurePath(text).name]:
        if history := Bucket(client, bucket).list_versions(key):
            return history
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    similar = similar_keys(
        text, [item["Key"] for page in pages for item in page.get("Contents", ())]
    )
    hint = f"the nearest: {', '.join(similar)}" if similar else "it is empty"
    raise Failure(f"There is no file {text} in the bucket; {hint}", 2)


def find_key(
    client: "S3Client",
    bucket: str,
    table: Mapping[tuple[str, str], Mapping[str, Any]],
    text: str,
    dataset: str,
) -> str:
    """Return the key of a file that the table or the bucket has.

    Args:
        client: of the bucket.
        bucket: name.
        table: its items, with Python values.
        text: upload id of one of its uploads, key, or local path with the name of the object.
        dataset: the folder of the object; empty if it has none, or the text names it.

    Raises:
        Failure: there is none.
    """
    if re.fullmatch(UPLOAD_ID_PATTERN, text, re.ASCII):
        for item in table.values():
            if item["sk"] == text and item.get("kind") == "upload":
                return str(item["file"])
        raise Failure(f"There is no upload {text}: ./aquasense list prints their ids", 2)
    names.require_key(text)
    prefix = f"{dataset}/" if dataset else ""
    ingested = {item.get("file") for item in table.values()}
    for key in [text] * text.startswith(prefix) + [prefix + PurePath(text).name]:
        if key in ingested or Bucket(client, bucket).list_versions(key):
            return key
    return find_history(client, bucket, text, dataset)[-1].upload.key


def similar_keys(text: str, keys: Sequence[str]) -> list[str]:
    """Return the keys with the most similar names, at most SUGGESTIONS; those in folders too."""
    by_name: dict[str, list[str]] = {}
    for key in keys:
        by_name.setdefault(PurePath(key).name, []).append(key)
    similar = get_close_matches(PurePath(text).name, by_name, SUGGESTIONS, 0.0)
    return [key for name in similar for key in by_name[name]][:SUGGESTIONS]
