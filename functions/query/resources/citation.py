"""The routes below /datasets/{name}: citation, Croissant and Data Package of one state."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from aquasense.citation import catalogues, state
from aquasense.citation.state import State
from aquasense.datasets import Dataset, UnknownDataset
from aquasense.formats.csv_format import encode_csv
from aquasense.formats.json_format import encode_json
from aquasense.readings.members import reading_members
from aquasense.uploads.identity import parse_upload_time
from aquasense.uploads.times import AFTER_ALL
from query.http import JSON, Response, content_type
from query.resources.base import NotFound, Query, Snapshot, Sources, cache_headers, read_snapshot
from query.resources.readings import FIELDS

JSON_LD = "application/ld+json"
# Values only, so that new limits and reviews do not change the bytes.
COLUMNS = ("date", "mean", "deviation")


async def show_citation(sources: Sources, query: Query) -> Response:
    """Return the citation of the state of as_of, or of the current state.

    Raises:
        NotFound: there is no such dataset, or it has no reading in this state.
    """
    as_of = query.parameters.time("as_of")
    snapshot, cited = await _read_state(sources, query, current="")
    reason = state.explain_not_frozen(as_of, datetime.now(UTC))
    documents = f"{query.request.base_url}/datasets/{cited.dataset.name}"
    frozen = urlencode({"as_of": cited.as_of or cited.changed_at}, safe=":")
    members = {
        "dataset": cited.dataset.name,
        "as_of": cited.as_of or None,
        "frozen": not reason,
        "reason": reason or None,
        "text": state.cite_as_text(cited, frozen=not reason),
        "bibtex": state.cite_as_bibtex(cited, frozen=not reason),
        "url": cited.url,
        # No digest of bytes that an upload on its way may change.
        "sha256": None if reason else cited.sha256,
        "bytes": cited.size,
        "readings": cited.readings,
        "first": cited.first,
        "last": cited.last,
        "licence": state.describe_licence(cited.dataset),
        "moves": list(state.MOVES),
        "frozen_citation": f"{documents}/citation?{frozen}",
        "croissant": f"{documents}/croissant?{frozen}",
        "datapackage": f"{documents}/datapackage.json?{frozen}",
    }
    return _respond(members, JSON, snapshot)


async def show_croissant(sources: Sources, query: Query) -> Response:
    """Return the Croissant description of the state of as_of, or of the newest upload."""
    snapshot, cited = await _read_state(sources, query)
    members = catalogues.build_croissant(cited, query.request.base_url)
    return _respond(members, JSON_LD, snapshot)


async def show_data_package(sources: Sources, query: Query) -> Response:
    """Return the Data Package of the state of as_of, or of the newest upload."""
    snapshot, cited = await _read_state(sources, query)
    return _respond(catalogues.build_data_package(cited), JSON, snapshot)


async def _read_state(
    sources: Sources, query: Query, current: str | None = None
) -> tuple[Snapshot, State]:
    """Read the state that the path and as_of name.

    Args:
        sources, query: of the request.
        current: time of the state without as_of; None is that of the newest upload or deletion.
    """
    try:
        dataset = sources.datasets.get(query.request.path.split("/")[2][:50])
    except UnknownDataset as error:
        raise NotFound(str(error)) from error
    as_of = query.parameters.time("as_of")
    snapshot = await read_snapshot(sources, dataset, as_of)
    if not snapshot.readings:
        raise NotFound(f"{dataset.name} has no readings in this state; /uploads lists the files")
    changed_at = parse_upload_time(snapshot.last_event_id)
    # The year of AFTER_ALL is beyond the times that the API knows.
    if as_of is None or as_of == AFTER_ALL:
        time = changed_at if current is None else current
    else:
        time = parse_upload_time(as_of)
    return snapshot, _describe(dataset, snapshot, time, changed_at, query.request.base_url)


def _describe(dataset: Dataset, snapshot: Snapshot, time: str, changed_at: str, base: str) -> State:
    readings = snapshot.readings
    columns = [column for name in COLUMNS for column in FIELDS[name]]
    digest, size = hashlib.sha256(), 0
    for part in encode_csv(columns, map(reading_members, readings), dataset.unit):
        digest.update(part)
        size += len(part)
    names = {"dataset": dataset.name, "fields": ",".join(COLUMNS), "as_of": time, "format": "csv"}
    query = urlencode({name: text for name, text in names.items() if text}, safe=":,")
    return State(
        dataset=dataset,
        as_of=time,
        url=f"{base}/readings?{query}",
        sha256=digest.hexdigest(),
        size=size,
        readings=len(readings),
        first=readings[0].date,
        last=readings[-1].date,
        changed_at=changed_at,
    )


def _respond(members: dict[str, Any], media_type: str, snapshot: Snapshot) -> Response:
    headers = content_type(media_type) | cache_headers(snapshot.last_event_id)
    return Response(200, headers, encode_json(members))
