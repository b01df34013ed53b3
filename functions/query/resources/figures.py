"""The routes of the figures, /months and /series."""

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
    """Respond with one figure of one month.

    Raises:
        NoReadings: the month has no readings.
    """
    parameters = query.parameters
    month, as_of = parameters.month(), parameters.time("as_of")
    dataset = parameters.dataset(sources.datasets)
    explain = parameters.is_set("explain")
    needs_previous = FIGURES[metric].needs_previous_month
    first = month.previous() if needs_previous else month
    # The tests need neighbours, also of another year: that is one more Query.
    first_day, last_day = flags.required_range(first.first_day, month.last_day, dataset.limits)
    current = await state(sources, dataset, as_of, first_day, last_day)
    by_month = monthly.group_by_month(current.readings)
    if str(month) not in by_month:
        versions = await sources.table.read_all_versions(dataset.name)
        raise answers.NoReadings(month, versions, as_of)
    if explain and current.readings[0].date >= str(first):
        # Only earlier readings show whether the first one follows a gap or begins the dataset.
        current = await state(sources, dataset, as_of)
        by_month = monthly.group_by_month(current.readings)
    members = answers.figure_members(dataset, metric, month, by_month, explain=explain)
    if as_of:
        members["as_of"] = parameters.values["as_of"]
    columns = (
        *map(Column, ("dataset", "metric", "year", "month")), Column("value", unit=True),
        Column("reason"), *_COVERAGE, *([Column("comparable")] if needs_previous else []),
        *(_READING if explain else [Column("flags")]),
    )  # fmt: skip
    return query.respond(
        members,
        columns,
        partial(_figure_rows, members),
        unit=dataset.unit,
        modified=current.modified,
    )


async def months(sources: Sources, query: Query) -> Response:
    """Respond with the months that have readings."""
    as_of = query.parameters.time("as_of")
    dataset = query.parameters.dataset(sources.datasets)
    current = await state(sources, dataset, as_of)
    rows = answers.month_members(current.readings)
    return query.respond(
        head(query, dataset),
        _MONTHS,
        lambda: rows,
        name="months",
        modified=current.modified,
    )


async def all_figures(sources: Sources, query: Query) -> Response:
    """Respond with every figure of every month of a span."""
    parameters = query.parameters
    first, last = parameters.months()
    as_of = parameters.time("as_of")
    dataset = parameters.dataset(sources.datasets)
    current = await state(sources, dataset, as_of)
    rows = list(series.build_series(dataset, current.readings, first, last))
    return query.respond(
        head(query, dataset)
        | {"unit": dataset.unit, "threshold": dataset.threshold}
        | _span(first, last)
        | {"available": answers.available_months(current.readings)},
        _SERIES,
        lambda: rows,
        name="series",
        unit=dataset.unit,
        modified=current.modified,
    )


def _span(first: Month | None, last: Month | None) -> dict[str, str | None]:
    return {"from": str(first) if first else None, "to": str(last) if last else None}


def _figure_rows(members: dict[str, Any]) -> Iterator[Row]:
    if "rows" not in members:
        yield members
        return
    for row in members["rows"]:
        yield members | {"row": row}
