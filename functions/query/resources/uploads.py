"""The routes /uploads and /uploads/{id}."""

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

# Uploads of a page of JSON without the parameter limit.
PAGE = 100
_COUNTS = ("accepted", "duplicated", "rejected")
_IMPACT = ("new", "changed", "unchanged", "superseded", "looks_wrong")
_LIST = tuple(
    map(
        Column,
        ("id", "uploaded_at", "dataset", "file", "size", "status", "code", "reason", *_COUNTS,
         "first", "last", "withdrawn_at"),
    )
)  # fmt: skip
_DETAIL = tuple(map(Column, ("part", "name", "before", "after", "text")))


async def list_uploads(sources: Sources, query: Query) -> Response:
    """Respond with the uploads, newest first."""
    parameters = query.parameters
    dataset = None
    if "dataset" in parameters.values:
        dataset = parameters.dataset(sources.datasets).name
    limit = parameters.limit(None if query.csv else PAGE)
    before = parameters.before()
    rows: list[Row] = []
    more = False
    async for row in _iterate_uploads(sources):
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
        modified=_newest_id(rows),
        next_page=_next_page(parameters, limit, rows) if more else "",
    )


async def show_upload(sources: Sources, query: Query) -> Response:
    """Respond with one upload and its impact.

    Raises:
        NotFound: there is no upload of that id.
    """
    upload_id = query.upload_id
    receipt = None
    if re.fullmatch(UPLOAD, upload_id, re.ASCII):
        receipt = await sources.table.read_receipt(upload_id)
    if receipt is None:
        raise NotFound(f"there is no upload {upload_id[:60]!r}; /uploads lists those there are")
    upload_impact, newest = None, receipt.id
    if receipt.accepted:
        try:
            dataset = sources.datasets.get(receipt.dataset)
        except UnknownDataset:
            pass
        else:
            versions = await sources.table.read_all_versions(dataset.name)
            upload_impact = impact.compute_impact(receipt.id, dataset, versions)
            newest = max(newest, modified(versions))
    deletion_id = await _find_deletion(sources, receipt)
    content = _nulls(receipts.receipt_members(receipt, upload_impact))
    content["withdrawn_at"] = parse_upload_time(deletion_id) if deletion_id else None
    return query.respond(
        content,
        _DETAIL,
        lambda: _detail_rows(content),
        modified=max(newest, deletion_id),
    )


async def _iterate_uploads(sources: Sources) -> AsyncIterator[dict[str, Any]]:
    """Yield every upload, newest first, with the time of its withdrawal."""
    deletion_ids: dict[str, str] = {}
    async for item in _iterate_events(sources):
        # A withdrawal is newer than its upload, so it comes first here.
        if item["kind"] == "withdrawal":
            deletion_ids[item["upload"]] = _deletion_id(item)
        else:
            receipt = items.parse_receipt(item)
            deletion_id = deletion_ids.get(receipt.id)
            time = parse_upload_time(deletion_id) if deletion_id else None
            yield _nulls(receipts.outcome_members(receipt)) | {"withdrawn_at": time}


async def _iterate_events(sources: Sources) -> AsyncIterator[items.Item]:
    """Yield all events, newest first: this year page by page, earlier years at once if needed."""
    year = datetime.now(UTC).year
    async for item in sources.table.iterate_events(year):
        yield item
    earlier = (
        _read_year(sources, earlier_year)
        for earlier_year in range(year - 1, FIRST_UPLOAD_YEAR - 1, -1)
    )
    for events in await asyncio.gather(*earlier):
        for item in events:
            yield item


async def _read_year(sources: Sources, year: int) -> list[items.Item]:
    return [item async for item in sources.table.iterate_events(year)]


async def _find_deletion(sources: Sources, receipt: Receipt) -> str:
    """Return the first deletion id of an upload, empty if it is not withdrawn."""
    for year in range(int(receipt.id[:4]), datetime.now(UTC).year + 1):
        async for item in sources.table.iterate_events(year, newest_first=False):
            if item["kind"] == "withdrawal" and item["upload"] == receipt.id:
                return _deletion_id(item)
    return ""


def _deletion_id(item: items.Item) -> str:
    """Return the deletion id of a withdrawal."""
    return str(item["sk"]).partition("#")[0]


def _nulls(row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if value == "" else value for name, value in row.items()}


def _newest_id(rows: list[Row]) -> str:
    return max((row["id"] for row in rows), default="")


def _next_page(parameters: Parameters, limit: int | None, rows: list[Row]) -> str:
    query = parameters.values | {"limit": str(limit), "before": rows[-1]["id"]}
    return f"/uploads?{urlencode(query)}"


def _detail_rows(upload: dict[str, Any]) -> Iterator[Row]:
    """Yield an upload as rows: members, counts, months, flags and rejections."""
    for name in ("id", "dataset", "file", "uploaded_at", "status", "reason", "withdrawn_at"):
        yield {"part": "upload", "name": name, "text": upload[name]}
    for name in (*_COUNTS, "rejections_not_listed", *_IMPACT):
        yield {"part": "count", "name": name, "after": upload.get(name)}
    for month in upload.get("months", ()):
        for figure in ("readings", *FIGURES):
            before, after = ((month[side] or {}).get(figure) for side in ("before", "after"))
            name = f"{month['month']} {figure}"
            yield {"part": "month", "name": name, "before": before, "after": after}
    for date, flags in upload.get("flagged", {}).items():
        yield {"part": "flag", "name": date, "text": flags}
    for entry in upload["rejections"]:
        name = f"line {entry['line']}"
        yield {"part": "rejection", "name": name, "before": entry["text"], "text": entry["reason"]}
