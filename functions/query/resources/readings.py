"""The routes that list readings: /readings, /alerts, /alerts/simulate and /changes; /datasets."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from aquasense.alerting import exceedances
from aquasense.datasets import Dataset
from aquasense.figures.registry import FIGURES
from aquasense.formats.csv_format import Column
from aquasense.quality import flags
from aquasense.quality.registry import READING_TESTS
from aquasense.readings import changes, members
from aquasense.readings.versions import Version
from query.content import Query, Row, Sources, head, modified, state
from query.http import Response

_MEAN, _DEVIATION = Column("mean", unit=True), Column("deviation", unit=True)
_READINGS = (
    Column("date"), _MEAN, _DEVIATION, Column("flags"),
    *(Column(test.name, path=("tests", test.name)) for test in READING_TESTS),
    *map(Column, ("file", "line", "upload", "uploaded_at")),
)  # fmt: skip
_ALERTS = (
    Column("date"), _DEVIATION, _MEAN, Column("above_threshold"), Column("upload"),
    Column("announced", path=("announced", "kind")),
    Column("announced_deviation", path=("announced", "deviation"), unit=True),
    Column("announced_at", path=("announced", "at")),
    Column("announced_by", path=("announced", "by")),
    Column("doubtful", path=("announced", "doubtful")), Column("announcements"),
)  # fmt: skip
_EXCEEDANCES = (
    Column("date"), _DEVIATION, Column("above_by", unit=True), _MEAN,
    *map(Column, ("file", "line", "upload")),
)  # fmt: skip
_CHANGES = (
    Column("date"), Column("change"),
    *(
        Column(f"{name}_{side}", path=(side, name), unit=name in ("mean", "deviation"))
        for side in ("before", "after")
        for name in ("mean", "deviation", "upload", "file", "line")
    ),
)  # fmt: skip
_DATASETS = tuple(
    map(
        Column,
        ("name", "title", "title_es", "default", "unit", "symbol", "standard_name", "threshold",
         "readings", "first", "last", "comparable_if", "source", "licence"),
    )
)  # fmt: skip


async def readings(sources: Sources, query: Query) -> Response:
    """The readings of a span of dates, with verdicts and source."""
    parameters = query.parameters
    first, last = parameters.dates()
    dataset = parameters.dataset(sources.datasets)
    # Judged with their neighbours, wherever those are.
    found = await state(sources, dataset, parameters.time("as_of"))
    verdicts = flags.evaluate(found.readings, dataset.limits)

    def rows() -> Iterator[Row]:
        for reading in _within(found.readings, first, last):
            yield members.reading_members(reading, verdicts[reading.date])

    return query.respond(
        head(query, dataset) | _span(query) | {"unit": dataset.unit},
        _READINGS,
        rows,
        name="readings",
        unit=dataset.unit,
        modified=found.modified,
    )


async def alerts(sources: Sources, query: Query) -> Response:
    """The dates above the threshold, and those that were announced."""
    first, last = query.parameters.dates()
    dataset = query.parameters.dataset(sources.datasets)
    found = await state(sources, dataset, None)
    ledger = await sources.table.read_ledger(dataset.name, first, last)
    own = _within(found.readings, first, last)
    return query.respond(
        head(query, dataset)
        | _span(query)
        | {"unit": dataset.unit, "threshold": dataset.threshold},
        _ALERTS,
        lambda: exceedances.list_alerts(own, dataset.threshold, ledger),
        name="alerts",
        unit=dataset.unit,
        modified=max([found.modified, *(entry.event_id for entry in ledger)]),
    )


async def simulate_alerts(sources: Sources, query: Query) -> Response:
    """The readings another threshold would have announced."""
    parameters = query.parameters
    parameters.require("threshold", "threshold is a number such as 0.6")
    dataset = parameters.dataset(sources.datasets)
    threshold = parameters.threshold(dataset.threshold)
    found = await state(sources, dataset, parameters.time("as_of"))
    over = exceedances.select_exceedances(found.readings, threshold)
    return query.respond(
        head(query, dataset)
        | {"unit": dataset.unit, "current_threshold": dataset.threshold}
        | exceedances.simulate_threshold(found.readings, threshold),
        _EXCEEDANCES,
        lambda: (exceedances.exceedance_members(reading, threshold) for reading in over),
        name="exceedances",
        unit=dataset.unit,
        modified=found.modified,
    )


async def changes_between(sources: Sources, query: Query) -> Response:
    """What differs between two moments."""
    parameters = query.parameters
    parameters.require("since", "since is a time such as 2024-06-01T00:00:00Z")
    since, until = parameters.times("since", "until")
    dataset = parameters.dataset(sources.datasets)
    versions = await sources.table.read_all_versions(dataset.name)
    difference = changes.compare_states(versions, since or "", until)
    return query.respond(
        head(query, dataset)
        | {name: parameters.values.get(name) for name in ("since", "until")}
        | {"unit": dataset.unit, "months": difference["months"]},
        _CHANGES,
        lambda: difference["readings"],
        name="readings",
        unit=dataset.unit,
        modified=modified(versions, until),
    )


async def datasets(sources: Sources, query: Query) -> Response:
    """The series there are, and what their figures mean."""
    rows = []
    newest = ""
    for dataset in sources.datasets.by_name.values():
        found = await state(sources, dataset, None)
        newest = max(newest, found.modified)
        rows.append(_described(dataset, found.readings, dataset is sources.datasets.default))
    return query.respond(
        {
            "figures": [
                {"figure": figure.name, "version": figure.version, "text": figure.definition}
                for figure in FIGURES.values()
            ]
        },
        _DATASETS,
        lambda: rows,
        name="datasets",
        modified=newest,
    )


def _described(dataset: Dataset, readings: list[Version], default: bool) -> dict[str, Any]:
    texts = (
        "name",
        "title",
        "title_es",
        "unit",
        "symbol",
        "standard_name",
        "threshold",
        "source",
        "licence",
    )
    return {name: getattr(dataset, name) for name in texts} | {
        "default": default,
        "readings": len(readings),
        "first": readings[0].date if readings else None,
        "last": readings[-1].date if readings else None,
        "comparable_if": f"both months have {dataset.complete}",
        "limits": asdict(dataset.limits),
    }


def _within(readings: list[Version], first: str, last: str) -> list[Version]:
    return [reading for reading in readings if first <= reading.date <= last]


def _span(query: Query) -> dict[str, str | None]:
    return {name: query.parameters.values.get(name) for name in ("from", "to")}
