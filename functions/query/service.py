"""The routes that need nothing but the table, for the container and for Lambda alike.

Both front ends hand over the path and the query's pairs and get status, type and bytes back, so
that their answers are equal byte for byte.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.table import Table
from aquasense import answers, figures
from aquasense.datasets import Dataset, Datasets
from aquasense.encoding import encoded
from aquasense.figures import Month
from aquasense.questions import BadParameter, Parameters
from aquasense.versions import Version, current

JSON, PROBLEM = "application/json", "application/problem+json"
FIGURE_PARAMETERS = ("month", "year", "dataset")
ROUTES = (*(f"/{metric}" for metric in figures.METRICS), "/months")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a front end sends."""

    status: int
    content_type: str
    body: bytes


class Service:
    """Answers questions from one table."""

    def __init__(self, table: Table, datasets: Datasets) -> None:
        self._table = table
        self._datasets = datasets

    async def answer(self, path: str, pairs: Iterable[tuple[str, str]]) -> Answer:
        """The answer to a GET of one of ROUTES; every mistake of the asker is a problem+json.

        Raises:
            Exception: the table failed.
        """
        try:
            if path == "/months":
                content = await self._months(Parameters.of(pairs, ("dataset",)))
            elif path in ROUTES:
                parameters = Parameters.of(pairs, FIGURE_PARAMETERS)
                content = await self._figure(path.removeprefix("/"), parameters)
            else:
                return not_found()
        except BadParameter as error:
            return problem(400, "bad parameter", error.detail, parameter=error.name)
        except answers.NoReadings as error:
            return problem(404, "no readings", str(error), available=error.available)
        return Answer(200, JSON, encoded(content))

    async def _figure(self, metric: str, parameters: Parameters) -> dict[str, Any]:
        month = parameters.month()
        dataset = parameters.dataset(self._datasets)
        before = month.previous() if metric == "maxdiff" else month
        versions = await self._table.versions(dataset.name, f"{before}-01", f"{month}-31")
        readings = current(versions)
        own = _of(month, readings)
        if not own:
            months = _months(await self._readings(dataset))
            raise answers.NoReadings(month, months)
        return answers.figure(dataset, metric, month, own, _of(before, readings))

    async def _months(self, parameters: Parameters) -> dict[str, Any]:
        dataset = parameters.dataset(self._datasets)
        return answers.months(dataset, await self._readings(dataset))

    async def _readings(self, dataset: Dataset) -> list[Version]:
        months = await self._table.months(dataset.name)
        if not months:
            return []
        return current(
            await self._table.versions(dataset.name, f"{months[0]}-01", f"{months[-1]}-31")
        )


def problem(status: int, title: str, detail: str, **members: Any) -> Answer:
    """An error as RFC 9457 has it; members that are None are left out."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    content |= {name: value for name, value in members.items() if value is not None}
    return Answer(status, PROBLEM, encoded(content))


def unavailable() -> Answer:
    """When the table failed; why is in the log and nobody else's business."""
    return problem(503, "unavailable", "the answer could not be worked out; try again in a moment")


def not_allowed(allowed: Iterable[str]) -> Answer:
    """A method that the route does not have."""
    return problem(405, "method not allowed", f"allowed: {', '.join(sorted(allowed))}")


def not_found() -> Answer:
    """A path that is no route."""
    return problem(404, "not found", f"there is {', '.join(ROUTES)}")


def _of(month: Month, readings: Sequence[Version]) -> list[Version]:
    return [reading for reading in readings if reading.date.startswith(str(month))]


def _months(readings: Sequence[Version]) -> list[str]:
    return sorted({reading.date[:7] for reading in readings})
