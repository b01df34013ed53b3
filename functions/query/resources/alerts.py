"""The routes /alerts and /alerts/simulate."""

from aquasense.alerting import exceedances
from aquasense.formats.csv_format import Column
from query.content import Query, Sources, date_span, head, select_dates, state
from query.http import Response

_MEAN, _DEVIATION = Column("mean", unit=True), Column("deviation", unit=True)
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


async def alerts(sources: Sources, query: Query) -> Response:
    """Respond with the dates above the threshold, and those announced before."""
    first, last = query.parameters.dates()
    dataset = query.parameters.dataset(sources.datasets)
    current = await state(sources, dataset, None)
    ledger = await sources.table.read_ledger(dataset.name, first, last)
    readings = select_dates(current.readings, first, last)
    return query.respond(
        head(query, dataset)
        | date_span(query)
        | {"unit": dataset.unit, "threshold": dataset.threshold},
        _ALERTS,
        lambda: exceedances.list_alerts(readings, dataset.threshold, ledger),
        name="alerts",
        unit=dataset.unit,
        modified=max([current.modified, *(entry.event_id for entry in ledger)]),
    )


async def simulate_alerts(sources: Sources, query: Query) -> Response:
    """Respond with the readings that another threshold would have announced."""
    parameters = query.parameters
    parameters.require("threshold", "threshold is a number such as 0.6")
    dataset = parameters.dataset(sources.datasets)
    threshold = parameters.threshold(dataset.threshold)
    current = await state(sources, dataset, parameters.time("as_of"))
    selected = exceedances.select_exceedances(current.readings, threshold)
    return query.respond(
        head(query, dataset)
        | {"unit": dataset.unit, "current_threshold": dataset.threshold}
        | exceedances.simulate_threshold(current.readings, threshold),
        _EXCEEDANCES,
        lambda: (exceedances.exceedance_members(reading, threshold) for reading in selected),
        name="exceedances",
        unit=dataset.unit,
        modified=current.modified,
    )
