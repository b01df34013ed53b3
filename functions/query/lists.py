"""The routes that list readings: /readings, /alerts, /alerts/simulate and /changes; /datasets."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from aquasense import answers, changes, exceedances, flags
from aquasense.datasets import Dataset
from aquasense.definitions import FIGURES
from aquasense.quality_tests import READING_TESTS
from aquasense.tabular import columns
from aquasense.versions import Version
from query.found import Found, Question, Row, Sources, head, modified, state

_TESTS = tuple(test.name for test in READING_TESTS)


async def readings(sources: Sources, question: Question) -> Found:
    """The readings of a span of dates, with verdicts and source."""
    parameters = question.parameters
    first, last = parameters.dates()
    dataset = parameters.dataset(sources.datasets)
    # Judged with their neighbours, wherever those are.
    found = await state(sources, dataset, parameters.moment("as_of"))
    verdicts = flags.evaluate(found.readings, dataset.limits)

    def rows() -> Iterator[Row]:
        for reading in _within(found.readings, first, last):
            yield answers.row(reading, verdicts[reading.date])

    return Found(
        head(question, dataset) | _span(question) | {"unit": dataset.unit},
        columns(
            "date",
            "mean|",
            "deviation|",
            "flags",
            *(f"tests.{test}" for test in _TESTS),
            "file",
            "line",
            "upload",
            "uploaded_at",
            unit=dataset.unit,
        ),  # fmt: skip
        rows,
        name="readings",
        modified=found.modified,
    )


async def alerts(sources: Sources, question: Question) -> Found:
    """The dates above the threshold, and those that were announced."""
    first, last = question.parameters.dates()
    dataset = question.parameters.dataset(sources.datasets)
    found = await state(sources, dataset, None)
    ledger = await sources.table.announced(dataset.name, first, last)
    own = _within(found.readings, first, last)
    return Found(
        head(question, dataset)
        | _span(question)
        | {"unit": dataset.unit, "threshold": dataset.threshold},
        columns(
            "date",
            "deviation|",
            "mean|",
            "above_threshold",
            "upload",
            "announced=announced.kind",
            "announced_deviation=announced.deviation|",
            "announced_at=announced.at",
            "announced_by=announced.by",
            "doubtful=announced.doubtful",
            "announcements",
            unit=dataset.unit,
        ),  # fmt: skip
        lambda: exceedances.list_alerts(own, dataset.threshold, ledger),
        name="alerts",
        modified=max([found.modified, *(entry.order for entry in ledger)]),
    )


async def simulate(sources: Sources, question: Question) -> Found:
    """The readings another threshold would have announced."""
    parameters = question.parameters
    parameters.required("threshold", "threshold is a number such as 0.6")
    dataset = parameters.dataset(sources.datasets)
    threshold = parameters.threshold(dataset.threshold)
    found = await state(sources, dataset, parameters.moment("as_of"))
    over = exceedances.above(found.readings, threshold)
    return Found(
        head(question, dataset)
        | {"unit": dataset.unit, "current_threshold": dataset.threshold}
        | exceedances.simulate(found.readings, threshold),
        columns(
            "date",
            "deviation|",
            "above_by|",
            "mean|",
            "file",
            "line",
            "upload",
            unit=dataset.unit,
        ),  # fmt: skip
        lambda: (exceedances.exceedance_row(reading, threshold) for reading in over),
        name="exceedances",
        modified=found.modified,
    )


async def changed(sources: Sources, question: Question) -> Found:
    """What differs between two moments."""
    parameters = question.parameters
    parameters.required("since", "since is a time such as 2024-06-01T00:00:00Z")
    since, until = parameters.moments("since", "until")
    dataset = parameters.dataset(sources.datasets)
    versions = await sources.table.all_versions(dataset.name)
    difference = changes.between(versions, since or "", until)
    sides = [
        f"{name}_{side}={side}.{name}{mark}"
        for side in ("before", "after")
        for name, mark in (("mean", "|"), ("deviation", "|"), ("upload", ""), ("file", ""),
                           ("line", ""))
    ]  # fmt: skip
    return Found(
        head(question, dataset)
        | {name: parameters.values.get(name) for name in ("since", "until")}
        | {"unit": dataset.unit, "months": difference["months"]},
        columns("date", "change", *sides, unit=dataset.unit),
        lambda: difference["readings"],
        name="readings",
        modified=modified(versions, until),
    )


async def datasets(sources: Sources, question: Question) -> Found:
    """The series there are, and what their figures mean."""
    rows = []
    newest = ""
    for dataset in sources.datasets.by_name.values():
        found = await state(sources, dataset, None)
        newest = max(newest, found.modified)
        rows.append(_described(dataset, found.readings, dataset is sources.datasets.default))
    return Found(
        {
            "figures": [
                {"figure": one.name, "version": one.version, "text": one.definition}
                for one in FIGURES.values()
            ]
        },
        columns(
            "name",
            "title",
            "title_es",
            "default",
            "unit",
            "symbol",
            "standard_name",
            "threshold",
            "readings",
            "first",
            "last",
            "comparable_if",
            "source",
            "licence",
        ),  # fmt: skip
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


def _span(question: Question) -> dict[str, str | None]:
    return {name: question.parameters.values.get(name) for name in ("from", "to")}
