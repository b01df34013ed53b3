"""The route /readings."""

from collections.abc import Iterator

from aquasense.formats.csv_format import Column
from aquasense.quality import flags
from aquasense.quality.registry import READING_TESTS
from aquasense.readings.members import reading_members
from query.http import Response
from query.resources.base import (
    Query,
    Row,
    Sources,
    dataset_members,
    range_members,
    read_snapshot,
)

_COLUMNS = (
    Column("date"), Column("mean", unit=True), Column("deviation", unit=True), Column("flags"),
    *(Column(test.name, path=("tests", test.name)) for test in READING_TESTS),
    *map(Column, ("file", "line", "upload", "uploaded_at")),
)  # fmt: skip


async def list_readings(sources: Sources, query: Query) -> Response:
    """Return the readings of a range of dates with their verdicts and source."""
    parameters = query.parameters
    first, last = parameters.dates()
    dataset = parameters.dataset(sources.datasets)
    # Verdicts depend on neighbours outside the range.
    snapshot = await read_snapshot(sources, dataset, parameters.time("as_of"))
    verdicts = flags.evaluate(snapshot.readings, dataset.limits)

    def rows() -> Iterator[Row]:
        for reading in snapshot.between(first, last):
            yield reading_members(reading, verdicts[reading.date])

    return query.respond(
        dataset_members(query, dataset) | range_members(query) | {"unit": dataset.unit},
        _COLUMNS,
        rows,
        name="readings",
        unit=dataset.unit,
        last_event_id=snapshot.last_event_id,
    )
