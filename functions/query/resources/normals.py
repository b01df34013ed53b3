"""The route /normals."""

from aquasense.figures import normals
from aquasense.formats.csv_format import Column
from query.http import Response
from query.resources.base import Query, Sources, dataset_members, range_members, read_snapshot

_COLUMNS = (
    *map(Column, ("month", "week", "first", "last", "years", "readings")),
    *(Column(name, unit=True) for name in ("mean", "least", "greatest", *normals.PERCENTILES)),
    *(
        Column(f"period_{name}", path=("period", name))
        for name in ("first", "last", "years", "caution")
    ),
)


async def list_normals(sources: Sources, query: Query) -> Response:
    """Return the usual values of each calendar month and of each week of the year."""
    first, last = query.parameters.dates()
    dataset = query.parameters.dataset(sources.datasets)
    as_of = query.parameters.time("as_of")
    snapshot = await read_snapshot(
        sources, dataset, as_of, first, last, as_reviewed=query.as_reviewed
    )
    period = normals.describe_period(snapshot.readings)
    months, weeks = normals.list_normals(snapshot.readings)
    lines = [row | {"period": period} for row in (*months, *weeks)]
    return query.respond(
        dataset_members(query, dataset)
        | range_members(query)
        | {"unit": dataset.unit, "period": period, "months": months},
        _COLUMNS,
        lambda: lines if query.csv else weeks,
        name="weeks",
        unit=dataset.unit,
        last_event_id=snapshot.last_event_id,
    )
