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
from query.validation import BadParameter, suggest_name

# Members of a reading with their columns.
FIELDS = {
    "date": [Column("date")],
    "mean": [Column("mean", unit=True)],
    "deviation": [Column("deviation", unit=True)],
    "flags": [Column("flags")],
    "tests": [Column(test.name, path=("tests", test.name)) for test in READING_TESTS],
    **{name: [Column(name)] for name in ("file", "line", "upload", "uploaded_at")},
    "review": [
        Column("review", path=("review", "verdict")),
        Column("review_comment", path=("review", "comment")),
        Column("review_upload", path=("review", "upload")),
    ],
}


async def list_readings(sources: Sources, query: Query) -> Response:
    """Return the readings of a range of dates with verdicts, source and review, also bad ones."""
    parameters = query.parameters
    first, last = parameters.dates()
    dataset = parameters.dataset(sources.datasets)
    fields = _parse_fields(parameters.values.get("fields"))
    # Verdicts depend on neighbours outside the range.
    snapshot = await read_snapshot(
        sources, dataset, parameters.time("as_of"), as_reviewed=query.as_reviewed
    )
    verdicts = (
        flags.evaluate(snapshot.with_bad, dataset.limits)
        if {"flags", "tests"}.intersection(fields)
        else {}
    )

    def rows() -> Iterator[Row]:
        for reading in snapshot.with_bad:
            if not first <= reading.date <= last:
                continue
            members = reading_members(reading, verdicts.get(reading.date))
            yield {name: members[name] for name in fields}

    return query.respond(
        dataset_members(query, dataset) | range_members(query) | {"unit": dataset.unit},
        [column for name in fields for column in FIELDS[name]],
        rows,
        name="readings",
        unit=dataset.unit,
        last_event_id=snapshot.last_event_id,
    )


def _parse_fields(text: str | None) -> list[str]:
    """Return the names in a comma-separated list; all without a list.

    Raises:
        BadParameter: a name is unknown or repeated.
    """
    if text is None:
        return list(FIELDS)
    fields = text.split(",")
    for name in fields:
        if name not in FIELDS:
            hint = suggest_name(name, FIELDS)
            raise BadParameter("fields", f"there is no field {name[:50]!r}{hint}")
        if fields.count(name) > 1:
            raise BadParameter("fields", f"the field {name} is given more than once")
    return fields
