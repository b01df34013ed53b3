"""The route /changes."""

from aquasense.formats.csv_format import Column
from aquasense.readings.changes import compare_states
from aquasense.readings.versions import without_reviews
from query.http import Response
from query.resources.base import Query, Sources, dataset_members, last_event_id

_COLUMNS = (
    Column("date"), Column("change"),
    *(
        Column(f"{name}_{side}", path=(side, name), unit=name in ("mean", "deviation"))
        for side in ("before", "after")
        for name in ("mean", "deviation", "upload", "file", "line")
    ),
    Column("review", path=("review", "verdict")),
    Column("review_comment", path=("review", "comment")),
)  # fmt: skip


async def list_changes(sources: Sources, query: Query) -> Response:
    """Return the dates and months that differ between two times."""
    parameters = query.parameters
    parameters.require("since", "since is a time such as 2024-06-01T00:00:00Z")
    since, until = parameters.times("since", "until")
    dataset = parameters.dataset(sources.datasets)
    versions = await sources.table.read_all_versions(dataset.name)
    if not query.as_reviewed:
        versions = without_reviews(versions)
    difference = compare_states(versions, since or "", until)
    return query.respond(
        dataset_members(query, dataset)
        | {name: parameters.values.get(name) for name in ("since", "until")}
        | {"unit": dataset.unit, "months": difference["months"]},
        _COLUMNS,
        lambda: difference["readings"],
        name="readings",
        unit=dataset.unit,
        last_event_id=last_event_id(versions, until),
    )
