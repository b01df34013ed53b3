"""The route /trend."""

from aquasense.dates import Month
from aquasense.figures.monthly import group_by_month
from aquasense.figures.registry import FIGURES
from aquasense.figures.trend import describe_trend
from aquasense.formats.csv_format import Column
from query.http import Response
from query.resources.base import Query, Sources, dataset_members, range_members, read_snapshot

_COLUMNS = (
    *map(Column, ("metric", "month", "years")),
    Column("first", path=("period", "first")), Column("last", path=("period", "last")),
    Column("months", path=("period", "months")), Column("reason"), Column("trend"),
    *(Column(name, unit=True) for name in ("slope_per_decade", "lower", "upper")),
    *map(Column, ("p_value", "z", "score", "variance", "dependence", "level")),
)  # fmt: skip


async def show_trend(sources: Sources, query: Query) -> Response:
    """Return the trend of one figure of all months of a range."""
    parameters = query.parameters
    parameters.require("metric", f"metric is one of {', '.join(FIGURES)}")
    metric = parameters.choice("metric", tuple(FIGURES)) or ""
    first, last = parameters.months()
    dataset = parameters.dataset(sources.datasets)
    as_of = parameters.time("as_of")
    snapshot = await read_snapshot(sources, dataset, as_of, as_reviewed=query.as_reviewed)
    readings = group_by_month(snapshot.readings)
    values = {}
    for month in map(Month.of, readings):
        if (first is None or first <= month) and (last is None or month <= last):
            previous = readings.get(str(month.previous()), ())
            value = FIGURES[metric].compute(readings[str(month)], previous).value
            if value is not None:
                values[month] = value
    members = describe_trend(values)
    lines = [
        {"metric": metric} | members,
        *({"metric": metric} | season for season in members["seasons"]),
    ]
    return query.respond(
        dataset_members(query, dataset)
        | {"metric": metric, "unit": dataset.unit}
        | range_members(query)
        | members,
        _COLUMNS,
        lambda: lines,
        unit=dataset.unit,
        last_event_id=snapshot.last_event_id,
    )
