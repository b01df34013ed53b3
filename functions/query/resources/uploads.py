"""The routes about uploads: the list, and one of them with what it changed."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from adapters import items
from adapters.table import FIRST_UPLOAD_YEAR
from aquasense.datasets import UnknownDataset
from aquasense.figures.registry import FIGURES
from aquasense.formats.csv_format import Column
from aquasense.uploads import impact, receipts
from aquasense.uploads.identity import parse_upload_time
from aquasense.uploads.receipts import Receipt
from query.content import NotFound, Query, Row, Sources, modified
from query.http import Response
from query.validation import UPLOAD, Parameters

# Of a page of JSON that does not say how many it wants.
PAGE = 100
_COUNTS = ("accepted", "duplicated", "rejected")
_EFFECTS = ("new", "changed", "unchanged", "superseded", "looks_wrong")
_LIST = tuple(
    map(
        Column,
        ("id", "uploaded_at", "dataset", "file", "size", "status", "code", "reason", *_COUNTS,
         "first", "last", "withdrawn_at"),
    )
)  # fmt: skip
_DETAIL = tuple(map(Column, ("part", "name", "before", "after", "text")))


async def list_uploads(sources: Sources, query: Query) -> Response:
    """The uploads, the newest first."""
    parameters = query.parameters
    dataset = None
    if "dataset" in parameters.values:
        dataset = parameters.dataset(sources.datasets).name
    limit = parameters.limit(None if query.csv else PAGE)
    before = parameters.before()
    rows: list[Row] = []
    more = False
    async for row in _uploads(sources):
        if (dataset and row["dataset"] != dataset) or (before and row["id"] >= before):
            continue
        if len(rows) == limit:
            more = True
            break
        rows.append(row)
    return query.respond(
        {"dataset": dataset},
        _LIST,
        lambda: rows,
        name="uploads",
        modified=_newest(rows),
        next_page=_next(parameters, limit, rows) if more else "",
    )


async def show_upload(sources: Sources, query: Query) -> Response:
    """One upload and what it changed.

    Raises:
        NotFound: there is none of that id.
    """
    upload_id = query.upload_id
    receipt = None
    if re.fullmatch(UPLOAD, upload_id, re.ASCII):
        receipt = await sources.table.read_receipt(upload_id)
    if receipt is None:
        raise NotFound(f"there is no upload {upload_id[:60]!r}; /uploads lists those there are")
    effect, newest = None, receipt.id
    if receipt.accepted:
        try:
            dataset = sources.datasets.get(receipt.dataset)
        except UnknownDataset:
            pass
        else:
            versions = await sources.table.read_all_versions(dataset.name)
            effect = impact.compute_impact(receipt.id, dataset, versions)
            newest = max(newest, modified(versions))
    withdrawn = await _withdrawn(sources, receipt)
    content = _nulls(receipts.receipt_members(receipt, effect))
    content["withdrawn_at"] = parse_upload_time(withdrawn) if withdrawn else None
    return query.respond(
        content,
        _DETAIL,
        lambda: _lines(content),
        modified=max(newest, withdrawn),
    )


async def _uploads(sources: Sources) -> AsyncIterator[dict[str, Any]]:
    """Every upload, the newest first, with when it was withdrawn."""
    withdrawn: dict[str, str] = {}
    async for item in _happened(sources):
        # What happened to an upload comes after it, so it is met before it here.
        if item["kind"] == "withdrawal":
            withdrawn[item["upload"]] = _place(item)
        else:
            receipt = items.parse_receipt(item)
            order = withdrawn.get(receipt.id)
            at = {"withdrawn_at": parse_upload_time(order) if order else None}
            yield _nulls(receipts.outcome_members(receipt)) | at


async def _happened(sources: Sources) -> AsyncIterator[items.Item]:
    """All that happened, the newest first: this year as it comes, the others at once if need be."""
    year = datetime.now(UTC).year
    async for item in sources.table.iterate_events(year):
        yield item
    earlier = (_of_year(sources, before) for before in range(year - 1, FIRST_UPLOAD_YEAR - 1, -1))
    for found in await asyncio.gather(*earlier):
        for item in found:
            yield item


async def _of_year(sources: Sources, year: int) -> list[items.Item]:
    return [item async for item in sources.table.iterate_events(year)]


async def _withdrawn(sources: Sources, receipt: Receipt) -> str:
    """The place at which an upload was withdrawn first, empty if it was not."""
    for year in range(int(receipt.id[:4]), datetime.now(UTC).year + 1):
        async for item in sources.table.iterate_events(year, newest_first=False):
            if item["kind"] == "withdrawal" and item["upload"] == receipt.id:
                return _place(item)
    return ""


def _place(item: items.Item) -> str:
    """The place in the order of what happened."""
    return str(item["sk"]).partition("#")[0]


def _nulls(row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if value == "" else value for name, value in row.items()}


def _newest(rows: list[Row]) -> str:
    return max((row["id"] for row in rows), default="")


def _next(parameters: Parameters, limit: int | None, rows: list[Row]) -> str:
    kept = parameters.values | {"limit": str(limit), "before": rows[-1]["id"]}
    return f"/uploads?{urlencode(kept)}"


def _lines(upload: dict[str, Any]) -> Iterator[Row]:
    """An upload as lines: its counts, the months it touched, what was rejected or looks wrong."""
    for name in ("id", "dataset", "file", "uploaded_at", "status", "reason", "withdrawn_at"):
        yield {"part": "upload", "name": name, "text": upload[name]}
    for name in (*_COUNTS, "rejections_not_listed", *_EFFECTS):
        yield {"part": "count", "name": name, "after": upload.get(name)}
    for month in upload.get("months", ()):
        for figure in ("readings", *FIGURES):
            before, after = ((month[side] or {}).get(figure) for side in ("before", "after"))
            name = f"{month['month']} {figure}"
            yield {"part": "month", "name": name, "before": before, "after": after}
    for day, found in upload.get("flagged", {}).items():
        yield {"part": "flag", "name": day, "text": found}
    for entry in upload["rejections"]:
        name = f"line {entry['line']}"
        yield {"part": "rejection", "name": name, "before": entry["text"], "text": entry["reason"]}
