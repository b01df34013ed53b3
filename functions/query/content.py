"""What a route's handler works with: the sources, the query, and the response made of rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from adapters.table import Table
from aquasense.datasets import Dataset, Datasets
from aquasense.dates import EARLIEST, LATEST
from aquasense.formats import csv_format, json_format
from aquasense.formats.csv_format import Column
from aquasense.readings.versions import Version, current_readings
from aquasense.uploads.identity import parse_upload_time
from query.http import CSV, JSON, Response, content_type
from query.validation import Parameters

type Row = Mapping[str, Any]
type Rows = Callable[[], Iterable[Row]]


class NotFound(LookupError):
    """The path names something that does not exist; the detail says where to look."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What handlers read from."""

    table: Table
    datasets: Datasets


@dataclass(frozen=True, slots=True)
class Query:
    """The query of one request.

    Attributes:
        parameters: validated by name.
        csv: whether the response is CSV instead of JSON.
        upload_id: the path's last part where the route has one.
    """

    parameters: Parameters
    csv: bool = False
    upload_id: str = ""

    def respond(
        self,
        members: Row,
        columns: Sequence[Column],
        rows: Rows,
        *,
        name: str = "",
        modified: str = "",
        unit: str = "",
        next_page: str = "",
    ) -> Response:
        """Return a 200 with the rows as JSON or CSV.

        Args:
            members: of the JSON object.
            columns: of the CSV.
            rows: of the CSV and of the JSON object's list; the same at every call.
            name: of the JSON object's list, its last member; empty for an object without a list.
            modified: the newest upload id that the rows depend on.
            unit: of the values, for the headers of the CSV.
            next_page: address of the rows that follow.
        """
        # A client may keep it but has to revalidate: a file can arrive at any time.
        headers = {**content_type(CSV if self.csv else JSON), "Cache-Control": "no-cache"}
        if modified:
            time = datetime.fromisoformat(parse_upload_time(modified))
            headers["Last-Modified"] = format_datetime(time, usegmt=True)
        if next_page:
            headers["Link"] = f'<{next_page}>; rel="next"'
            members = {**members, "next": next_page}
        if self.csv:
            return Response(200, headers, lambda: csv_format.encode_csv(columns, rows(), unit))
        if not name:
            return Response(200, headers, json_format.encode_json(members))
        return Response(200, headers, lambda: json_format.iterate_json(members, name, rows()))


@dataclass(frozen=True, slots=True)
class State:
    """The readings of some dates as they are now, or were at a time."""

    readings: list[Version]
    modified: str


async def state(
    sources: Sources,
    dataset: Dataset,
    as_of: str | None,
    first: str = EARLIEST,
    last: str = LATEST,
) -> State:
    """Return the readings from first to last, now or as of a time."""
    versions = await sources.table.read_versions(dataset.name, first, last)
    return State(current_readings(versions, as_of), modified(versions, as_of))


def modified(versions: Iterable[Version], as_of: str | None = None) -> str:
    """Return the newest upload id or deletion id of the versions, up to a time."""
    ids = {id_ for version in versions for id_ in (version.upload_id, version.deletion_id)}
    if as_of is not None:
        ids = {id_ for id_ in ids if id_[: len(as_of)] <= as_of}
    return max(ids, default="")


def head(query: Query, dataset: Dataset) -> dict[str, Any]:
    """Return the members that responses about a dataset begin with."""
    members: dict[str, Any] = {"dataset": dataset.name}
    if as_of := query.parameters.values.get("as_of"):
        members["as_of"] = as_of
    return members


def select_dates(readings: Sequence[Version], first: str, last: str) -> list[Version]:
    """Return the readings of the ISO dates from first to last, both included."""
    return [reading for reading in readings if first <= reading.date <= last]


def date_span(query: Query) -> dict[str, str | None]:
    """Return the parameters `from` and `to` as members."""
    return {name: query.parameters.values.get(name) for name in ("from", "to")}
