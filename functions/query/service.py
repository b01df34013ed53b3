"""The routes that need nothing but the table, for the container and for Lambda alike.

Both front ends hand over what was asked and get status, type and bytes back, so that their
answers are equal byte for byte. What the function adds to that is a refusal of what is too long for
Lambda to hand over; what the container adds, the names of what it answers beside these routes.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial

from adapters.table import Table
from aquasense import answers
from aquasense.datasets import Datasets
from aquasense.definitions import FIGURES
from aquasense.questions import BadParameter, Parameters, nearest
from aquasense.versions import current
from query import lists, monthly, routes, uploads
from query.answer import Answer, problem
from query.found import Found, NotFound, Question, Sources

type Handler = Callable[[Sources, Question], Awaitable[Found]]

HANDLERS: dict[str, Handler] = {
    **{f"/{metric}": partial(monthly.figure, metric) for metric in FIGURES},
    "/months": monthly.months,
    "/series": monthly.all_figures,
    "/readings": lists.readings,
    "/uploads": uploads.listed,
    "/uploads/{id}": uploads.one,
    "/alerts": lists.alerts,
    "/alerts/simulate": lists.simulate,
    "/changes": lists.changed,
    "/datasets": lists.datasets,
}


class Service:
    """Answers questions from one table."""

    def __init__(self, table: Table, datasets: Datasets) -> None:
        self._sources = Sources(table, datasets)

    async def answer(self, path: str, pairs: Iterable[tuple[str, str]], accept: str = "") -> Answer:
        """The answer to a GET; every mistake of the asker is a problem+json.

        Args:
            path: decoded.
            pairs: of the query, decoded.
            accept: the Accept header; `format` in the query goes before it.

        Raises:
            Exception: the table failed.
        """
        route = routes.of(path)
        if route is None:
            return not_found(path)
        given = list(pairs)
        try:
            parameters = Parameters.of(given, route.names)
            chosen = parameters.choice("format", ("json", "csv"))
            csv = chosen == "csv" or (chosen is None and prefers_csv(accept))
            tail = path.removeprefix(routes.UPLOADS) if "{" in route.path else ""
            question = Question(parameters, csv, tail)
            found = await HANDLERS[route.path](self._sources, question)
        except BadParameter as error:
            there = await self._available(dict(given).get("dataset")) if of_a_month(route) else None
            return problem(
                400, "bad parameter", error.detail, parameter=error.name, available=there
            )
        except answers.NoReadings as error:
            about = {"available": error.available, "known_from": error.known_from}
            return problem(404, "no readings", str(error), **about)
        except NotFound as error:
            return problem(404, "not found", str(error))
        return found.answer(csv=csv)

    async def _available(self, dataset: str | None) -> dict[str, str] | None:
        """The first and the last month with readings, for who asked for one that cannot be.

        None where there is none, or where the table does not say: the mistake stays the asker's.
        """
        known = self._sources.datasets
        name = known.default.name if dataset is None else dataset
        if name not in known.by_name:
            return None
        with suppress(Exception):
            return answers.available(current(await self._sources.table.all_versions(name)))
        return None


def of_a_month(route: routes.Route) -> bool:
    """Whether one month is asked for."""
    return "month" in route.names


def not_found(path: str, others: Iterable[str] = ()) -> Answer:
    """A path that is no route.

    Args:
        path: decoded.
        others: what else the front end answers, so that it can be meant too.
    """
    there = [*routes.ROUTES, *others]
    bare = path.rstrip("/")
    if bare in there or routes.of(bare):
        # Only the slash at the end is wrong. Taking it away is left to the asker: two addresses
        # of one answer would be kept and logged as two.
        hint = f"; did you mean {bare[:50]!r}? There is: {', '.join(there)}"
    else:
        hint = nearest(path[:50], there)
    return problem(404, "not found", f"there is no {path[:50]!r}{hint}")


def prefers_csv(accept: str) -> bool:
    """Whether an Accept header would rather have CSV than JSON."""
    weights = {"text/csv": 0.0, "application/json": 0.0}
    for entry in accept.split(","):
        kind, *parameters = (part.strip().lower() for part in entry.split(";"))
        if kind in weights:
            weights[kind] = _weight(parameters)
    return weights["text/csv"] > weights["application/json"]


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
