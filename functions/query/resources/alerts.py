"""The routes /alerts and /alerts/simulate."""

from aquasense.alerting import exceedances
from aquasense.formats.csv_format import Column
from query.http import Response
from query.resources.base import Query, Sources, dataset_members, range_members, read_snapshot

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


async def list_alerts(sources: Sources, query: Query) -> Response:
    """Return the dates above the threshold and the dates that were announced."""
    first, last = query.parameters.dates()
    dataset = query.parameters.dataset(sources.datasets)
    snapshot = await read_snapshot(sources, dataset, as_reviewed=query.as_reviewed)
    ledger = await sources.table.read_ledger(dataset.name, first, last)
    readings = [reading for reading in snapshot.readings if first <= reading.date <= last]
    return query.respond(
        dataset_members(query, dataset)
        | range_members(query)
        | {"unit": dataset.unit, "threshold": dataset.threshold},
        _ALERTS,
        lambda: exceedances.list_alerts(readings, dataset.threshold, ledger),
        name="alerts",
        unit=dataset.unit,
        last_event_id=max([snapshot.last_event_id, *(entry.event_id for entry in ledger)]),
    )


async def simulate_alerts(sources: Sources, query: Query) -> Response:
    """Return the readings above another threshold."""
    parameters = query.parameters
    parameters.require("threshold", "threshold is a number such as 0.6")
    dataset = parameters.dataset(sources.datasets)
    threshold = parameters.threshold(dataset.threshold)
    as_of = parameters.time("as_of")
    snapshot = await read_snapshot(sources, dataset, as_of, as_reviewed=query.as_reviewed)
    readings = exceedances.select_exceedances(snapshot.readings, threshold)
    return query.respond(
        dataset_members(query, dataset)
        | {"unit": dataset.unit, "current_threshold": dataset.threshold}
        | exceedances.simulate_threshold(snapshot.readings, threshold),
        _EXCEEDANCES,
        lambda: (exceedances.exceedance_members(reading, threshold) for reading in readings),
        name="exceedances",
        unit=dataset.unit,
        last_event_id=snapshot.last_event_id,
    )
