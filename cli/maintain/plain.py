"""Items with Python values: all items of the table, and conversions."""

from collections.abc import Mapping
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from adapters.config import Config
from adapters.items import Item

type Key = tuple[str, str]
type PlainItem = dict[str, Any]

# The alert ledger and its marks do not follow from the bucket.
OWN = ("alerts#", "sent#")
VERSION = {"mean", "deviation", "line", "file"}
REVIEW = {"mean", "verdict", "comment", "line", "file"}
_read, _write = TypeDeserializer().deserialize, TypeSerializer().serialize


def read_table(config: Config) -> dict[Key, PlainItem]:
    """Read the items of the table, without ledger and marks."""
    client = boto3.client("dynamodb", region_name=config.region, endpoint_url=config.endpoint_url)
    pages = client.get_paginator("scan").paginate(TableName=config.table_name, ConsistentRead=True)
    plain = (deserialize(item) for page in pages for item in page["Items"])
    return {(item["pk"], item["sk"]): item for item in plain if not item["pk"].startswith(OWN)}


def is_row(item: Mapping[str, Any]) -> bool:
    """Return True for a version, a review or a tombstone."""
    return "kind" not in item and (item.keys() >= VERSION or item["sk"].count("#") == 2)


def serialize(item: Mapping[str, Any]) -> Item:
    """Return an item in DynamoDB JSON."""
    return {name: _write(value) for name, value in item.items()}


def find_key(item: PlainItem) -> Key:
    """Return partition and sort key."""
    return item["pk"], item["sk"]


def to_plain(item: Item) -> PlainItem:
    """Return an item with Python values, given either form."""
    return dict(item) if isinstance(item["pk"], str) else deserialize(item)


def deserialize(item: Item) -> PlainItem:
    """Return an item with Python values, given in DynamoDB JSON."""
    return {name: _read(value) for name, value in item.items()}
