"""The three figures computed from boto3 items, as tutorials do."""

import os
from decimal import Decimal
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key

DATASET = "marmenor.temperature"


def table() -> Any:
    return boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def readings(source: Any, year: int, month: int) -> list[dict[str, Any]]:
    """Return the month's readings; the last upload of a date wins."""
    prefix = f"{year:04d}-{month:02d}"
    response = source.query(
        KeyConditionExpression=Key("pk").eq(f"{DATASET}#{year:04d}")
        & Key("sk").between(f"{prefix}-01", f"{prefix}-31#~")
    )
    newest = {}
    for item in response["Items"]:
        date, _, upload_id = item["sk"].partition("#")
        newest[date] = {"date": date, "upload": upload_id, **item}
    return [newest[date] for date in sorted(newest)]


def figure(source: Any, metric: str, year: int, month: int) -> dict[str, Any] | None:
    """Return the answer, or None without readings."""
    rows = readings(source, year, month)
    if not rows:
        return None
    means = [Decimal(row["mean"]) for row in rows]
    value: Decimal | None
    if metric == "temp":
        value = sum(means, Decimal(0)) / len(means)
    elif metric == "sd":
        value = max(Decimal(row["deviation"]) for row in rows)
    else:
        before = (year - 1, 12) if month == 1 else (year, month - 1)
        previous = [Decimal(row["mean"]) for row in readings(source, *before)]
        value = max(means) - max(previous) if previous else None
    return {
        "dataset": DATASET,
        "metric": metric,
        "year": year,
        "month": month,
        "value": None if value is None else float(value),
        "unit": "degree_Celsius",
        "coverage": {
            "readings": len(rows), "first": rows[0]["date"], "last": rows[-1]["date"],
        },
    }  # fmt: skip
