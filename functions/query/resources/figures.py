"""The routes about months: one for each figure, /months and /series."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from aquasense.dates import Month
from aquasense.figures import monthly, series
from aquasense.figures.registry import FIGURES
from aquasense.formats.csv_format import Column
from aquasense.quality import flags
from query.content import Query, Row, Sources, head, state
from query.http import Response
from query.resources import answers

_COVERAGE = tuple(
    Column(name, path=("coverage", name))
    for name in ("readings", "first", "last", "largest_gap_days")
)
_READING = tuple(
    Column(name, path=("row", name), unit=name in ("mean", "deviation"))
    for name in ("date", "mean", "deviation", "flags", "file", "line", "upload", "uploaded_at")
)
_MONTHS = (Column("year"), Column("month"), *_COVERAGE)
_SERIES = (
    Column("year"), Column("month"), *(Column(metric, unit=True) for metric in FIGURES),
    Column("reason"), *_COVERAGE, Column("comparable"),
    *(
        column
        for metric in FIGURES
        for column in (
            Column(f"{metric}_difference", path=("other_years", metric, "difference"), unit=True),
            Column(f"{metric}_other_years", path=("other_years", metric, "years")),
        )
    ),
    Column("flags"),
)  # fmt: skip


async def figure(metric: str, sources: Sources, query: Query) -> Response:
    """One figure of one month.

    Raises:
        NoReadings: the month has none.
    """
    parameters = query.parameters
    month, as_of = parameters.month(), parameters.time("as_of")
    dataset = parameters.dataset(sources.datasets)
    explain = parameters.is_set("explain")
    needs_previous = FIGURES[metric].needs_previous_month
    first = month.previous() if needs_previous else month
    # Every reading is judged with its neighbours, in another year too: that is one more Query.
    first_day, last_day = flags.required_range(first.first_day, month.last_day, dataset.limits)
    found = await state(sources, dataset, as_of, first_day, last_day)
    grouped = monthly.group_by_month(found.readings)
    if str(month) not in grouped:
        everything = await sources.table.read_all_versions(dataset.name)
        raise answers.NoReadings(month, everything, as_of)
    if explain and found.readings[0].date >= str(first):
        # Whether a gap comes before the first of them or nothing at all, only what is far away
        # can tell.
        found = await state(sources, dataset, as_of)
        grouped = monthly.group_by_month(found.readings)
    answer = answers.figure_members(dataset, metric, month, grouped, explain=explain)
    if as_of:
        answer["as_of"] = parameters.values["as_of"]
    columns = (
        *map(Column, ("dataset", "metric", "year", "month")), Column("value", unit=True),
        Column("reason"), *_COVERAGE, *([Column("comparable")] if needs_previous else []),
        *(_READING if explain else [Column("flags")]),
    )  # fmt: skip
    return query.respond(
        answer,
        columns,
        partial(_figure_rows, answer),
        unit=dataset.unit,
        modified=found.modified,
    )


async def months(sources: Sources, query: Query) -> Response:
    """The months that have readings."""
    as_of = query.parameters.time("as_of")
    dataset = query.parameters.dataset(sources.datasets)
    found = await state(sources, dataset, as_of)
    rows = answers.month_members(found.readings)
    return query.respond(
        head(query, dataset),
        _MONTHS,
        lambda: rows,
        name="months",
        modified=found.modified,
    )


async def all_figures(sources: Sources, query: Query) -> Response:
    """Every figure of every month of a span."""
    parameters = query.parameters
    first, last = parameters.months()
    as_of = parameters.time("as_of")
    dataset = parameters.dataset(sources.datasets)
    found = await state(sources, dataset, as_of)
    rows = list(series.build_series(dataset, found.readings, first, last))
    return query.respond(
        head(query, dataset)
        | {"unit": dataset.unit, "threshold": dataset.threshold}
        | _span(first, last)
        | {"available": answers.available_months(found.readings)},
        _SERIES,
        lambda: rows,
        name="series",
        unit=dataset.unit,
        modified=found.modified,
    )


def _span(first: Month | None, last: Month | None) -> dict[str, str | None]:
    return {"from": str(first) if first else None, "to": str(last) if last else None}


def _figure_rows(answer: dict[str, Any]) -> Iterator[Row]:
    if "rows" not in answer:
        yield answer
        return
    for row in answer["rows"]:
        yield answer | {"row": row}
