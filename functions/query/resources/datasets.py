"""The route /datasets."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from aquasense.datasets import Dataset
from aquasense.figures.registry import FIGURES
from aquasense.formats.csv_format import Column
from aquasense.readings.versions import Version
from query.http import Response
from query.resources.base import Query, Sources, read_snapshot

_COLUMNS = tuple(
    map(
        Column,
        ("name", "title", "title_es", "default", "unit", "symbol", "standard_name", "threshold",
         "readings", "first", "last", "comparable_if", "source", "licence"),
    )
)  # fmt: skip
_CONFIGURED = (
    "name", "title", "title_es", "unit", "symbol", "standard_name", "threshold", "source",
    "licence",
)  # fmt: skip


async def list_datasets(sources: Sources, query: Query) -> Response:
    """Return the datasets and the definitions of the figures."""
    configured = sources.datasets.by_name.values()
    snapshots = await asyncio.gather(*(read_snapshot(sources, dataset) for dataset in configured))
    rows = [
        _describe(dataset, snapshot.readings, default=dataset is sources.datasets.default)
        for dataset, snapshot in zip(configured, snapshots, strict=True)
    ]
    newest = max(snapshot.last_event_id for snapshot in snapshots)
    figures = [
        {"figure": figure.name, "version": figure.version, "text": figure.definition}
        for figure in FIGURES.values()
    ]
    return query.respond(
        {"figures": figures}, _COLUMNS, lambda: rows, name="datasets", last_event_id=newest
    )


def _describe(dataset: Dataset, readings: Sequence[Version], *, default: bool) -> dict[str, Any]:
    return {name: getattr(dataset, name) for name in _CONFIGURED} | {
        "default": default,
        "readings": len(readings),
        "first": readings[0].date if readings else None,
        "last": readings[-1].date if readings else None,
        "comparable_if": f"both months have {dataset.complete}",
        "limits": asdict(dataset.limits),
    }
