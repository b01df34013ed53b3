"""Shared by the route handlers: the data sources, the validated query, and its response."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from adapters.table import Table
from aquasense.datasets import Dataset, Datasets
from aquasense.dates import EARLIEST, LATEST
from aquasense.formats import csv_format, json_format
from aquasense.formats.csv_format import Column
from aquasense.readings.versions import Version, current_readings
from aquasense.uploads.identity import parse_upload_time
from query.http import CSV, JSON, Request, Response, content_type
from query.validation import Parameters

type Row = Mapping[str, Any]
type Rows = Callable[[], Iterable[Row]]


class NotFound(LookupError):
    """The resource named by the path does not exist; the message names an alternative."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Data sources of the handlers."""

    table: Table
    datasets: Datasets


@dataclass(frozen=True, slots=True)
class Query:
    """The query of one request.

    Attributes:
        parameters: validated names and texts.
        csv: True for a CSV response, False for JSON.
        upload_id: last segment of the path; empty for a route without one.
        request: for a route that parses its path or its query itself.
    """

    parameters: Parameters
    csv: bool = False
    upload_id: str = ""
    request: Request = Request("GET", "")

    def respond(
        self,
        members: Row,
        columns: Sequence[Column],
        rows: Rows,
        *,
        name: str = "",
        last_event_id: str = "",
        unit: str = "",
        next_page: str = "",
    ) -> Response:
        """Return a 200 with the rows as JSON or CSV.

        Args:
            members: members of the JSON object.
            columns: columns of the CSV.
            rows: iterates over the rows; repeatable, because a long body is generated twice.
            name: last member of the JSON object, the list of rows; empty for none.
            last_event_id: newest upload or deletion that the rows depend on.
            unit: unit of the values, for the CSV header.
            next_page: URL of the next page; empty on the last one.
        """
        headers = content_type(CSV if self.csv else JSON) | cache_headers(last_event_id)
        if next_page:
            headers["Link"] = f'<{next_page}>; rel="next"'
            members = {**members, "next": next_page}
        if self.csv:
            return Response(200, headers, lambda: csv_format.encode_csv(columns, rows(), unit))
        if not name:
            return Response(200, headers, json_format.encode_json(members))
        return Response(200, headers, lambda: json_format.iterate_json(members, name, rows()))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Readings of a dataset at one time.

    Attributes:
        readings: current readings in order of date.
        last_event_id: newest upload or deletion that they depend on; empty without versions.
    """

    readings: list[Version]
    last_event_id: str

    def between(self, first: str, last: str) -> list[Version]:
        """Return the readings from first to last, ISO dates, both included."""
        return [reading for reading in self.readings if first <= reading.date <= last]


async def read_snapshot(
    sources: Sources,
    dataset: Dataset,
    as_of: str | None = None,
    first: str = EARLIEST,
    last: str = LATEST,
) -> Snapshot:
    """Read the readings from first to last, both included.

    Args:
        sources: data sources.
        dataset: dataset of the readings.
        as_of: upload id, or the beginning of one, after which events are ignored; None is now.
        first, last: ISO dates.
    """
    versions = await sources.table.read_versions(dataset.name, first, last)
    return Snapshot(current_readings(versions, as_of), last_event_id(versions, as_of))


def last_event_id(versions: Iterable[Version], as_of: str | None = None) -> str:
    """Return the newest upload id or deletion id of the versions until as_of; empty for none."""
    event_ids = {
        event_id
        for version in versions
        for related in (version, *version.partners)
        for event_id in (related.upload_id, related.deletion_id)
    }
    if as_of is not None:
        event_ids = {event_id for event_id in event_ids if event_id[: len(as_of)] <= as_of}
    return max(event_ids, default="")


def cache_headers(last_event_id: str) -> dict[str, str]:
    """Return the headers about the age of a response.

    Args:
        last_event_id: newest upload or deletion that it depends on; empty for none.
    """
    # Clients revalidate each time: an upload can change any response.
    headers = {"Cache-Control": "no-cache"}
    if last_event_id:
        headers["Last-Modified"] = _format_event_time(last_event_id)
    return headers


@lru_cache(maxsize=1024)
def _format_event_time(event_id: str) -> str:
    time = datetime.fromisoformat(parse_upload_time(event_id))
    return format_datetime(time, usegmt=True)


def dataset_members(query: Query, dataset: Dataset) -> dict[str, Any]:
    """Return the first members of a dataset's response: its name, and as_of if requested."""
    members: dict[str, Any] = {"dataset": dataset.name}
    if as_of := query.parameters.values.get("as_of"):
        members["as_of"] = as_of
    return members


def range_members(query: Query) -> dict[str, str | None]:
    """Return the members 'from' and 'to' as they were requested."""
    return {name: query.parameters.values.get(name) for name in ("from", "to")}
