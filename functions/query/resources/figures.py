"""The routes about months: one for each figure, /months and /series."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from aquasense.dates import Month
from aquasense.figures import monthly, series
from aquasense.figures.registry import FIGURES
from aquasense.formats.csv_format import columns
from aquasense.quality import flags
from query.content import Query, Row, Sources, head, state
from query.http import Response
from query.resources import answers

_ROW = ("date", "mean|", "deviation|", "flags", "file", "line", "upload", "uploaded_at")
_COVERAGE = tuple(f"coverage.{name}" for name in ("readings", "first", "last", "largest_gap_days"))


async def figure(metric: str, sources: Sources, query: Query) -> Response:
    """One figure of one month.

    Raises:
        NoReadings: the month has none.
    """
    parameters = query.parameters
    month, as_of = parameters.month(), parameters.moment("as_of")
    dataset = parameters.dataset(sources.datasets)
    explain = parameters.yes("explain")
    needs_previous = FIGURES[metric].needs_previous_month
    first = month.previous() if needs_previous else month
    # Every reading is judged with its neighbours, in another year too: that is one more Query.
    first_day, last_day = flags.required_range(first.first_day, month.last_day, dataset.limits)
    found = await state(sources, dataset, as_of, first_day, last_day)
    grouped = monthly.group_by_month(found.readings)
    if str(month) not in grouped:
        everything = await sources.table.all_versions(dataset.name)
        raise answers.NoReadings(month, everything, as_of)
    if explain and found.readings[0].date >= str(first):
        # Whether a gap comes before the first of them or nothing at all, only what is far away
        # can tell.
        found = await state(sources, dataset, as_of)
        grouped = monthly.group_by_month(found.readings)
    answer = answers.figure_members(dataset, metric, month, grouped, explain=explain)
    if as_of:
        answer["as_of"] = parameters.values["as_of"]
    names = (
        "dataset", "metric", "year", "month", "value|", "reason", *_COVERAGE,
        *(("comparable",) if needs_previous else ()),
        *((f"row.{name}" for name in _ROW) if explain else ("flags",)),
    )  # fmt: skip
    return query.respond(
        answer,
        columns(*names, unit=dataset.unit),
        partial(_figure_rows, answer),
        modified=found.modified,
    )


async def months(sources: Sources, query: Query) -> Response:
    """The months that have readings."""
    as_of = query.parameters.moment("as_of")
    dataset = query.parameters.dataset(sources.datasets)
    found = await state(sources, dataset, as_of)
    rows = answers.month_members(found.readings)
    return query.respond(
        head(query, dataset),
        columns("year", "month", *_COVERAGE),
        lambda: rows,
        name="months",
        modified=found.modified,
    )


async def all_figures(sources: Sources, query: Query) -> Response:
    """Every figure of every month of a span."""
    parameters = query.parameters
    first, last = parameters.months()
    as_of = parameters.moment("as_of")
    dataset = parameters.dataset(sources.datasets)
    found = await state(sources, dataset, as_of)
    rows = list(series.build_series(dataset, found.readings, first, last))
    others = (
        f"{metric}_{header}=other_years.{metric}.{path}"
        for metric in FIGURES
        for header, path in (("difference", "difference|"), ("other_years", "years"))
    )
    return query.respond(
        head(query, dataset)
        | {"unit": dataset.unit, "threshold": dataset.threshold}
        | _span(first, last)
        | {"available": answers.available_months(found.readings)},
        columns(
            "year",
            "month",
            *(f"{metric}|" for metric in FIGURES),
            "reason",
            *_COVERAGE,
            "comparable",
            *others,
            "flags",
            unit=dataset.unit,
        ),  # fmt: skip
        lambda: rows,
        name="series",
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
