"""The routes /uploads and /uploads/{id}."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from adapters import items
from adapters.table import FIRST_UPLOAD_YEAR
from aquasense.figures.registry import FIGURES
from aquasense.formats.csv_format import Column
from aquasense.uploads import receipts
from aquasense.uploads.identity import UPLOAD_ID_PATTERN, parse_upload_time
from aquasense.uploads.receipts import Receipt
from query.http import Response
from query.resources import impacts
from query.resources.base import NotFound, Query, Row, Sources
from query.validation import Parameters

# JSON only: CSV without a limit is complete.
DEFAULT_PAGE_SIZE = 100
STATES = ("complete", "partial", "rejected", "withdrawn")
_COUNTS = ("accepted", "duplicated", "rejected")
_IMPACT_COUNTS = ("new", "changed", "unchanged", "superseded", "looks_wrong")
_LIST = tuple(
    map(
        Column,
        ("id", "uploaded_at", "dataset", "file", "size", "status", "code", "reason", *_COUNTS,
         "first", "last", "withdrawn_at", "purged_at"),
    )
)  # fmt: skip
_DETAIL = tuple(map(Column, ("part", "name", "before", "after", "text", "code", "parameters")))


async def list_uploads(sources: Sources, query: Query) -> Response:
    """Return a page of uploads, the newest first."""
    parameters = query.parameters
    dataset = None
    if "dataset" in parameters.values:
        dataset = parameters.dataset(sources.datasets).name
    with_receipts = parameters.is_set("receipts")
    limit = parameters.limit(None if query.csv else DEFAULT_PAGE_SIZE)
    if with_receipts:
        limit = min(limit or impacts.PAGE_SIZE, impacts.PAGE_SIZE)
    before = parameters.before()
    state = parameters.choice("state", STATES)
    rows: list[Row] = []
    next_page = ""
    async for row in _iterate_uploads(sources):
        if (dataset and row["dataset"] != dataset) or (before and row["id"] >= before):
            continue
        if state and _find_state(row) != state:
            continue
        if len(rows) == limit:
            next_page = _next_page(parameters, limit, rows)
            break
        rows.append(row)
    newest = max((row["id"] for row in rows), default="")
    if with_receipts:
        rows, last_change = await impacts.add_impacts(sources, rows)
        newest = max(newest, last_change)
    else:
        rows = await impacts.correct_reviews(sources, rows)
    return query.respond(
        {"dataset": dataset},
        (*_LIST, *map(Column, _IMPACT_COUNTS)) if with_receipts else _LIST,
        lambda: rows,
        name="uploads",
        last_event_id=newest,
        next_page=next_page,
    )


async def show_upload(sources: Sources, query: Query) -> Response:
    """Return one upload and its impact.

    Raises:
        NotFound: no upload has the id.
    """
    upload_id = query.upload_id
    receipt = None
    if re.fullmatch(UPLOAD_ID_PATTERN, upload_id, re.ASCII):
        receipt = await sources.table.read_receipt(upload_id)
    if receipt is None:
        raise NotFound(f"there is no upload {upload_id[:60]!r}; /uploads lists those there are")
    reader = impacts.ImpactReader(sources)
    upload_impact = await reader.read(receipt)
    newest = max(receipt.id, reader.last_event_id)
    deletion_id = await _find_deletion_id(sources, receipt)
    members = _empty_to_none(receipts.receipt_members(receipt, upload_impact))
    members |= _end_members(receipt, deletion_id)
    return query.respond(
        members,
        _DETAIL,
        lambda: _iterate_lines(members),
        last_event_id=max(newest, deletion_id),
    )


async def _iterate_uploads(sources: Sources) -> AsyncIterator[dict[str, Any]]:
    """Yield every upload with the time of its withdrawal, the newest first."""
    deletion_ids: dict[str, str] = {}
    async for item in _iterate_events(sources):
        # A withdrawal is newer than its upload, so it comes first.
        if item["kind"] == "withdrawal":
            deletion_ids[item["upload"]] = _parse_deletion_id(item)
        else:
            receipt = items.parse_receipt(item)
            deletion_id = deletion_ids.get(receipt.id, "")
            members = _empty_to_none(receipts.outcome_members(receipt))
            yield members | _end_members(receipt, deletion_id)


async def _iterate_events(sources: Sources) -> AsyncIterator[items.Item]:
    """Yield receipts and withdrawals, the newest first.

    The current year is streamed; all earlier years are read at once, if they are needed.
    """
    year = datetime.now(UTC).year
    async for item in sources.table.iterate_events(year):
        yield item
    earlier = (_read_year(sources, before) for before in range(year - 1, FIRST_UPLOAD_YEAR - 1, -1))
    for events in await asyncio.gather(*earlier):
        for item in events:
            yield item


async def _read_year(sources: Sources, year: int) -> list[items.Item]:
    return [item async for item in sources.table.iterate_events(year)]


async def _find_deletion_id(sources: Sources, receipt: Receipt) -> str:
    """Return the id of the first deletion that withdrew an upload; empty for none."""
    for year in range(int(receipt.id[:4]), datetime.now(UTC).year + 1):
        async for item in sources.table.iterate_events(year, newest_first=False):
            if item["kind"] == "withdrawal" and item["upload"] == receipt.id:
                return _parse_deletion_id(item)
    return ""


def _find_state(upload: Row) -> str:
    if upload["withdrawn_at"]:
        return "withdrawn"
    if not upload["accepted"]:
        return "rejected"
    return "partial" if upload["rejected"] else "complete"


def _parse_deletion_id(withdrawal: items.Item) -> str:
    return str(withdrawal["sk"]).partition("#")[0]


def _end_members(receipt: Receipt, deletion_id: str) -> dict[str, str | None]:
    """Return the times at which the readings of an upload ceased to count."""
    return {
        "withdrawn_at": parse_upload_time(deletion_id) if deletion_id else None,
        "purged_at": receipt.purged_at or None,
    }


def _empty_to_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: None if value == "" else value for name, value in members.items()}


def _next_page(parameters: Parameters, limit: int | None, rows: list[Row]) -> str:
    values = parameters.values | {"limit": str(limit), "before": rows[-1]["id"]}
    return f"/uploads?{urlencode(values)}"


def _iterate_lines(upload: dict[str, Any]) -> Iterator[Row]:
    """Yield the CSV lines of an upload: its members, counts, months, flags and rejections."""
    for name in ("id", "dataset", "file", "uploaded_at", "status"):
        yield {"part": "upload", "name": name, "text": upload[name]}
    yield {"part": "upload", "name": "reason", "text": upload["reason"], **_describe_reason(upload)}
    for name in ("withdrawn_at", "purged_at"):
        yield {"part": "upload", "name": name, "text": upload[name]}
    for name in (*_COUNTS, "rejections_not_listed", *_IMPACT_COUNTS):
        yield {"part": "count", "name": name, "after": upload.get(name)}
    for month in upload.get("months", ()):
        for figure in ("readings", *FIGURES):
            before, after = ((month[side] or {}).get(figure) for side in ("before", "after"))
            name = f"{month['month']} {figure}"
            yield {"part": "month", "name": name, "before": before, "after": after}
    for date, flags in upload.get("flagged", {}).items():
        yield {"part": "flag", "name": date, "text": flags}
    for note in upload["notes"]:
        yield {"part": "note", "name": note["code"], **_describe_reason(note)}
    for entry in upload["rejections"]:
        name = f"line {entry['line']}"
        reason = {"text": entry["reason"], **_describe_reason(entry)}
        yield {"part": "rejection", "name": name, **reason}


def _describe_reason(members: dict[str, Any]) -> Row:
    parameters = [f"{name}={value}" for name, value in members["parameters"].items()]
    return {"code": members["code"], "parameters": parameters}
