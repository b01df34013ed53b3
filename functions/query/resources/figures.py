"""The routes about months: one for each figure, /months and /series."""

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from aquasense.figures import monthly, series
from aquasense.figures.registry import FIGURES
from aquasense.formats.csv_format import Column
from aquasense.quality import flags
from aquasense.readings.versions import without_reviews
from query.http import Response
from query.resources.base import (
    Query,
    Row,
    Sources,
    dataset_members,
    read_snapshot,
    state_members,
)
from query.resources.monthly_members import (
    NoReadings,
    available_months,
    figure_members,
    month_members,
)

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
    *(
        Column(f"{metric}_{name}", path=("ranks", metric, name))
        for metric in FIGURES
        for name in ("rank", "percentile", "years")
    ),
    Column("reviewed"),
)  # fmt: skip


async def show_figure(metric: str, sources: Sources, query: Query) -> Response:
    """Return one figure of one month.

    Raises:
        NoReadings: the month has no readings.
    """
    parameters = query.parameters
    month, as_of = parameters.month(), parameters.time("as_of")
    dataset = parameters.dataset(sources.datasets)
    explain = parameters.is_set("explain")
    needs_previous = FIGURES[metric].needs_previous_month
    first = month.previous() if needs_previous else month
    # Flags depend on neighbours; if they are in another year, that is a second Query.
    first_day, last_day = flags.required_range(first.first_day, month.last_day, dataset.limits)
    as_reviewed = query.as_reviewed
    snapshot = await read_snapshot(
        sources, dataset, as_of, first_day, last_day, as_reviewed=as_reviewed
    )
    readings = monthly.group_by_month(snapshot.readings)
    if str(month) not in readings:
        versions = await sources.table.read_all_versions(dataset.name)
        versions = versions if as_reviewed else without_reviews(versions)
        raise NoReadings(month, versions, as_of)
    if explain and snapshot.readings[0].date >= str(first):
        # No neighbour before the first reading: only the whole series shows whether it follows a
        # gap or is the first of all.
        snapshot = await read_snapshot(sources, dataset, as_of, as_reviewed=as_reviewed)
        readings = monthly.group_by_month(snapshot.readings)
    bad = [reading for reading in snapshot.with_bad if reading.is_bad]
    members = figure_members(dataset, metric, month, readings, bad, explain=explain)
    members |= state_members(query)
    return query.respond(
        members,
        _figure_columns(needs_previous, explain),
        partial(_iterate_rows, members),
        unit=dataset.unit,
        last_event_id=snapshot.last_event_id,
    )


async def list_months(sources: Sources, query: Query) -> Response:
    """Return the months that have readings."""
    as_of = query.parameters.time("as_of")
    dataset = query.parameters.dataset(sources.datasets)
    snapshot = await read_snapshot(sources, dataset, as_of, as_reviewed=query.as_reviewed)
    rows = month_members(snapshot.readings)
    return query.respond(
        dataset_members(query, dataset),
        _MONTHS,
        lambda: rows,
        name="months",
        last_event_id=snapshot.last_event_id,
    )


async def list_series(sources: Sources, query: Query) -> Response:
    """Return every figure of every month of a range."""
    parameters = query.parameters
    first, last = parameters.months()
    as_of = parameters.time("as_of")
    dataset = parameters.dataset(sources.datasets)
    snapshot = await read_snapshot(sources, dataset, as_of, as_reviewed=query.as_reviewed)
    rows = list(series.build_series(dataset, snapshot.with_bad, first, last))
    return query.respond(
        dataset_members(query, dataset)
        | {
            "unit": dataset.unit,
            "threshold": dataset.threshold,
            "from": str(first) if first else None,
            "to": str(last) if last else None,
            "available": available_months(snapshot.readings),
        },
        _SERIES,
        lambda: rows,
        name="series",
        unit=dataset.unit,
        last_event_id=snapshot.last_event_id,
    )


@cache
def _figure_columns(comparable: bool, explain: bool) -> tuple[Column, ...]:
    return (
        *map(Column, ("dataset", "metric", "year", "month")), Column("value", unit=True),
        Column("reason"), *_COVERAGE, *([Column("comparable")] if comparable else []),
        *(_READING if explain else [Column("flags")]), Column("reviewed"),
    )  # fmt: skip


def _iterate_rows(members: dict[str, Any]) -> Iterator[Row]:
    if "rows" not in members:
        yield members
        return
    for row in members["rows"]:
        yield members | {"row": row}
