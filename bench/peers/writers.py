"""Write rows with boto3, as tutorials do."""

import os
from collections.abc import Iterable
from typing import Any

import boto3

from aquasense.csvfile.lines import Row

DATASET = "marmenor.temperature"


def table() -> Any:
    return boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def item(row: Row, upload_id: str, file: str) -> dict[str, Any]:
    return {
        "pk": f"{DATASET}#{row.date[:4]}",
        "sk": f"{row.date}#{upload_id}",
        "mean": row.mean,
        "deviation": row.deviation,
        "line": row.line,
        "file": file,
    }


def batch_writer(rows: Iterable[Row], upload_id: str, file: str) -> None:
    """Write the rows with boto3's batch writer."""
    with table().batch_writer() as batch:
        for row in rows:
            batch.put_item(Item=item(row, upload_id, file))
