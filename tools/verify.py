"""Compare the table with the bucket and print every difference."""

import os
from collections.abc import Iterator
from itertools import chain
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from adapters import items
from adapters.config import Config
from adapters.s3 import Bucket, Gone, StoredVersion, s3_client
from aquasense import datasets
from aquasense.csvfile.decode import UnreadableFile
from aquasense.csvfile.reader import latest_rows, scan_file
from aquasense.datasets import UnknownDataset
from aquasense.dates import FIRST_YEAR, LAST_YEAR
from aquasense.readings.repeats import list_copies
from aquasense.readings.versions import Version
from aquasense.uploads import receipts
from tools import targets
from tools.console import err, out, run_tool, show_count

type Key = tuple[str, str]
type Items = dict[Key, dict[str, Any]]

# The alert ledger and its marks do not follow from the bucket.
OWN = ("alerts#", "sent#")
read = TypeDeserializer().deserialize


def expected(bucket: Bucket, uploads: list[StoredVersion], config: Config) -> Items:
    """Compute the items of the table from the bucket."""
    registered = datasets.load_datasets(config.alert_threshold)
    expected_items: Items = {}
    with show_count("Reading", len(uploads)) as advance:
        for stored in uploads:
            for item in _items_of_upload(bucket, stored, registered, config):
                expected_items[item["pk"], item["sk"]] = item
            advance(stored.upload.key)
    for item in _copies(expected_items, registered):
        expected_items[item["pk"], item["sk"]] = item
    return expected_items


def _copies(expected_items: Items, registered: datasets.Datasets) -> list[dict[str, Any]]:
    """Return the copies of versions at dates that share a value."""
    write = TypeSerializer().serialize
    copies = []
    for name in registered.by_name:
        partitions = {f"{name}#{year}" for year in range(FIRST_YEAR, LAST_YEAR + 1)}
        raw = (
            {member: write(value) for member, value in expected_items[key].items()}
            for key in sorted(expected_items)
            if key[0] in partitions
        )
        for date, partner in list_copies(items.parse_versions(raw)):
            copies += [_deserialize(item) for item in items.copy_items(name, date, partner)]
    return copies


def actual(config: Config) -> Items:
    """Read the items of the table, without ledger and marks."""
    client = boto3.client("dynamodb", region_name=config.region, endpoint_url=config.endpoint_url)
    pages = client.get_paginator("scan").paginate(TableName=config.table_name, ConsistentRead=True)
    actual_items: Items = {}
    for page in pages:
        for raw in page["Items"]:
            item = {name: read(value) for name, value in raw.items()}
            if not item["pk"].startswith(OWN):
                actual_items[item["pk"], item["sk"]] = item
    return actual_items


def differences(expected_items: Items, actual_items: Items) -> Iterator[str]:
    """Yield a line for each item that is missing, different, or without an upload in the bucket."""
    gone = _permanently_deleted(expected_items, actual_items)
    for key in sorted(expected_items.keys() | actual_items.keys()):
        name = " ".join(key)
        if key not in actual_items:
            yield f"missing in the table: {name}"
        elif key not in expected_items:
            if key not in gone:
                yield f"not in the bucket: {name}"
        elif _without_texts(expected_items[key]) != _without_texts(actual_items[key]):
            yield f"different: {name}: should be {expected_items[key]}, is {actual_items[key]}"


def _items_of_upload(
    bucket: Bucket, stored: StoredVersion, registered: datasets.Datasets, config: Config
) -> Iterator[dict[str, Any]]:
    upload, name = stored.upload, ""
    try:
        dataset = registered.for_key(upload.key)
        name = dataset.name
        scan = scan_file(bucket.open(upload), config.limits, dataset)
        batches = latest_rows(bucket.open(upload), config.limits, scan, dataset)
        rows = list(chain.from_iterable(batches))
    except UnknownDataset as error:
        receipt = receipts.build_rejection(
            upload, name, UnreadableFile("unknown_dataset", str(error))
        )
        rows = []
    except UnreadableFile as error:
        receipt, rows = receipts.build_rejection(upload, name, error), []
    except Gone:
        return
    else:
        receipt = receipts.build_receipt(upload, name, scan)
    yield items.receipt_item(receipt)
    for row in rows:
        yield _deserialize(items.month_item(name, row.date[:7]))
        yield _deserialize(items.version_item(name, upload, row))
        if stored.withdrawal:
            version = Version(row.date, upload.id, row.mean, row.deviation, row.line, upload.key)
            yield _deserialize(items.tombstone_item(name, version, stored.withdrawal))
    if stored.withdrawal:
        yield items.withdrawal_item(stored.withdrawal, receipt)


def _permanently_deleted(expected_items: Items, actual_items: Items) -> set[Key]:
    """Return the keys of items of uploads whose object version was deleted permanently.

    Such an upload is withdrawn and stays in the table, but not in the bucket.
    """
    withdrawn = {
        item["upload"] for item in actual_items.values() if item.get("kind") == "withdrawal"
    }
    withdrawn -= {sk for pk, sk in expected_items if pk.startswith("uploads#")}
    keys = {(pk, sk) for pk, sk in actual_items if withdrawn.intersection(sk.split("#"))}
    months = {(f"{pk[:-5]}#months", sk[:7]) for pk, sk in keys if not pk.startswith("uploads#")}
    return keys | months


def _without_texts(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item without the texts of a receipt.

    A receipt keeps its original texts, which may have been reworded since. The rejected lines and
    their codes must agree.
    """
    if item.get("kind") != "upload":
        return item
    rejections = [(entry["line"], entry["code"]) for entry in item.get("rejections", ())]
    return {name: value for name, value in item.items() if name != "reason"} | {
        "rejections": rejections
    }


def _deserialize(item: items.Item) -> dict[str, Any]:
    return {name: read(value) for name, value in item.items()}


def main() -> int:
    target = targets.find(os.environ.get("ENV") or "local")
    bucket = Bucket(s3_client(target.region, target.endpoint), target.outputs["RawBucketName"])
    with targets.readable_errors():
        uploads = list(bucket.list_all_versions())
        expected_items = expected(bucket, uploads, target.config)
        actual_items = actual(target.config)
    lines = list(differences(expected_items, actual_items))
    for line in lines:
        out.print(line, markup=False)
    (err if lines else out).print(
        f"{len(uploads)} uploads, {len(expected_items)} items: "
        + (f"{len(lines)} differences" if lines else "table and bucket agree")
    )
    return 1 if lines else 0


if __name__ == "__main__":
    run_tool(main)
