"""What a route found, before it is JSON or CSV."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from adapters.table import Table
from aquasense import encoding, tabular
from aquasense.datasets import Dataset, Datasets
from aquasense.days import EARLIEST, LATEST
from aquasense.questions import Parameters
from aquasense.tabular import Column
from aquasense.versions import Version, current, upload_time
from query.answer import CSV, JSON, Answer

type Row = Mapping[str, Any]
type Rows = Callable[[], Iterable[Row]]


class NotFound(LookupError):
    """What the path names does not exist; the detail says where to look."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What routes answer from."""

    table: Table
    datasets: Datasets


@dataclass(frozen=True, slots=True)
class Question:
    """One request: what it asks for, and whether as CSV."""

    parameters: Parameters
    csv: bool
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a route found.

    Attributes:
        members: of the JSON object.
        columns: of the CSV.
        rows: of the CSV, and of the JSON's list where it has one; the same at every call.
        name: of the JSON object's list, its last member; empty where it has none.
        modified: the newest place in the order among what it rests on.
        next: where the rest is, if this is not all.
        unit: of the values, for the headers of the CSV.
    """

    members: Row
    columns: Sequence[Column]
    rows: Rows
    name: str = ""
    modified: str = ""
    next: str = ""
    unit: str = ""

    def answer(self, *, csv: bool) -> Answer:
        """As JSON or CSV."""
        # A cache may keep it but has to ask whether it still holds: a file can arrive any time.
        headers = {"Cache-Control": "no-cache"}
        if self.modified:
            time = datetime.fromisoformat(upload_time(self.modified))
            headers["Last-Modified"] = format_datetime(time, usegmt=True)
        if self.next:
            headers["Link"] = f'<{self.next}>; rel="next"'
        if csv:
            return Answer(
                200, CSV, lambda: tabular.encode_csv(self.columns, self.rows(), self.unit), headers
            )
        if not self.name:
            return Answer(200, JSON, encoding.encoded(self.members), headers)
        members = dict(self.members) | ({"next": self.next} if self.next else {})
        return Answer(200, JSON, lambda: encoding.pieces(members, self.name, self.rows()), headers)


@dataclass(frozen=True, slots=True)
class State:
    """The readings of some dates as they stand, or stood at a moment."""

    readings: list[Version]
    modified: str


async def state(
    sources: Sources,
    dataset: Dataset,
    as_of: str | None,
    first: str = EARLIEST,
    last: str = LATEST,
) -> State:
    """The readings from first to last, now or as of a moment."""
    versions = await sources.table.versions(dataset.name, first, last)
    return State(current(versions, as_of), modified(versions, as_of))


def modified(versions: Iterable[Version], as_of: str | None = None) -> str:
    """The newest place in the order that the versions speak of, up to a moment."""
    places = {place for one in versions for place in (one.order, one.withdrawn)}
    if as_of is not None:
        places = {place for place in places if place[: len(as_of)] <= as_of}
    return max(places, default="")


def head(question: Question, dataset: Dataset) -> dict[str, Any]:
    """The members answers about a series begin with."""
    members: dict[str, Any] = {"dataset": dataset.name}
    if as_of := question.parameters.values.get("as_of"):
        members["as_of"] = as_of
    return members
