"""Rows into a table with boto3, as people write it."""

import os
from collections.abc import Iterable
from typing import Any

import boto3

from aquasense.judging import Row

DATASET = "marmenor.temperature"


def table() -> Any:
    return boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def item(row: Row, order: str, file: str) -> dict[str, Any]:
    return {
        "pk": f"{DATASET}#{row.date[:4]}",
        "sk": f"{row.date}#{order}",
        "mean": row.mean,
        "deviation": row.deviation,
        "line": row.line,
        "file": file,
    }


def put_item(rows: Iterable[Row], order: str, file: str) -> None:
    """Row by row."""
    into = table()
    for row in rows:
        into.put_item(Item=item(row, order, file))


def batch_writer(rows: Iterable[Row], order: str, file: str) -> None:
    """With boto3's batch writer."""
    with table().batch_writer() as batch:
        for row in rows:
            batch.put_item(Item=item(row, order, file))
