"""The route /readings."""

from collections.abc import Iterator

from aquasense.formats.csv_format import Column
from aquasense.quality import flags
from aquasense.quality.registry import READING_TESTS
from aquasense.readings import members
from query.content import Query, Row, Sources, date_span, head, select_dates, state
from query.http import Response

_COLUMNS = (
    Column("date"), Column("mean", unit=True), Column("deviation", unit=True), Column("flags"),
    *(Column(test.name, path=("tests", test.name)) for test in READING_TESTS),
    *map(Column, ("file", "line", "upload", "uploaded_at")),
)  # fmt: skip


async def readings(sources: Sources, query: Query) -> Response:
    """Respond with the readings of a span of dates, their verdicts and their source."""
    parameters = query.parameters
    first, last = parameters.dates()
    dataset = parameters.dataset(sources.datasets)
    # The tests need neighbours outside the span.
    current = await state(sources, dataset, parameters.time("as_of"))
    verdicts = flags.evaluate(current.readings, dataset.limits)

    def rows() -> Iterator[Row]:
        for reading in select_dates(current.readings, first, last):
            yield members.reading_members(reading, verdicts[reading.date])

    return query.respond(
        head(query, dataset) | date_span(query) | {"unit": dataset.unit},
        _COLUMNS,
        rows,
        name="readings",
        unit=dataset.unit,
        modified=current.modified,
    )
