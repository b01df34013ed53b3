"""The route /datasets."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from aquasense.datasets import Dataset
from aquasense.figures.registry import FIGURES
from aquasense.formats.csv_format import Column
from aquasense.readings.versions import Version
from query.content import Query, Sources, state
from query.http import Response

_COLUMNS = tuple(
    map(
        Column,
        ("name", "title", "title_es", "default", "unit", "symbol", "standard_name", "threshold",
         "readings", "first", "last", "comparable_if", "source", "licence"),
    )
)  # fmt: skip


async def datasets(sources: Sources, query: Query) -> Response:
    """Respond with the datasets and the definitions of the figures."""
    rows = []
    newest = ""
    for dataset in sources.datasets.by_name.values():
        current = await state(sources, dataset, None)
        newest = max(newest, current.modified)
        rows.append(_describe(dataset, current.readings, dataset is sources.datasets.default))
    return query.respond(
        {
            "figures": [
                {"figure": figure.name, "version": figure.version, "text": figure.definition}
                for figure in FIGURES.values()
            ]
        },
        _COLUMNS,
        lambda: rows,
        name="datasets",
        modified=newest,
    )


def _describe(dataset: Dataset, readings: Sequence[Version], default: bool) -> dict[str, Any]:
    texts = ("name", "title", "title_es", "unit", "symbol", "standard_name", "threshold", "source",
             "licence")  # fmt: skip
    return {name: getattr(dataset, name) for name in texts} | {
        "default": default,
        "readings": len(readings),
        "first": readings[0].date if readings else None,
        "last": readings[-1].date if readings else None,
        "comparable_if": f"both months have {dataset.complete}",
        "limits": asdict(dataset.limits),
    }
