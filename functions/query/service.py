"""The API's responses, worked out once for the container and the Lambda function alike.

Both return equal bytes. The function adds a refusal of bodies that are too long for Lambda; the
container adds documents and the names of the paths it serves beside these routes.
"""

from collections.abc import Iterable
from contextlib import suppress

from adapters.table import Table
from aquasense.datasets import Datasets
from aquasense.readings.versions import current_readings
from query.content import NotFound, Query, Sources
from query.headers import add_headers, check_condition, preflight
from query.http import METHODS, Request, Response, not_allowed, problem
from query.resources import answers
from query.routes import ROUTES, UPLOAD_PATH, find_route
from query.validation import BadParameter, Parameters, suggest_name


class Service:
    """Responds to requests from one table."""

    def __init__(self, table: Table, datasets: Datasets) -> None:
        self._sources = Sources(table, datasets)

    async def respond(self, request: Request, origins: tuple[str, ...]) -> Response:
        """Return the complete response to a request of any method and path.

        Raises:
            Exception: the table failed.
        """
        known_path = find_route(request.path) is not None
        if known_path and request.method == "OPTIONS":
            return preflight(request, origins)
        if known_path and request.method not in METHODS:
            response = not_allowed()
        else:
            response = await self.get(request)
        completed = add_headers(response, request, origins)
        return check_condition(completed, request.header("if-none-match"))

    async def get(self, request: Request) -> Response:
        """Return the response to a GET; every error of the client is a problem+json.

        Raises:
            Exception: the table failed.
        """
        route = find_route(request.path)
        if route is None:
            return not_found(request.path)
        try:
            parameters = Parameters.of(request.query, route.names)
            chosen = parameters.choice("format", ("json", "csv"))
            csv = chosen == "csv" or (chosen is None and prefers_csv(request.header("accept")))
            upload_id = request.path.removeprefix(UPLOAD_PATH) if route.of_an_upload else ""
            return await route.handler(self._sources, Query(parameters, csv, upload_id))
        except BadParameter as error:
            dataset = dict(request.query).get("dataset")
            available = await self._available_months(dataset) if route.of_a_month else None
            return problem(
                400, "bad parameter", error.detail, parameter=error.name, available=available
            )
        except answers.NoReadings as error:
            members = {"available": error.available, "known_from": error.known_from}
            return problem(404, "no readings", str(error), **members)
        except NotFound as error:
            return problem(404, "not found", str(error))

    async def _available_months(self, dataset: str | None) -> dict[str, str] | None:
        """Return the first and the last month with readings for a client that named a wrong one.

        None where there is none, or where the table fails: the error stays the client's.
        """
        datasets = self._sources.datasets
        name = datasets.default.name if dataset is None else dataset
        if name not in datasets.by_name:
            return None
        with suppress(Exception):
            return answers.available_months(
                current_readings(await self._sources.table.read_all_versions(name))
            )
        return None


def not_found(path: str, others: Iterable[str] = ()) -> Response:
    """Return the error for a path without a route, with the nearest path that has one.

    Args:
        path: decoded.
        others: paths that the server serves beside the routes.
    """
    paths = [*ROUTES, *others]
    bare = path.rstrip("/")
    if bare in paths or find_route(bare):
        # Only the slash at the end is wrong. Removing it is left to the client: two addresses of
        # one resource would be cached and logged as two.
        hint = f"; did you mean {bare[:50]!r}? There is: {', '.join(paths)}"
    else:
        hint = suggest_name(path[:50], paths)
    return problem(404, "not found", f"there is no {path[:50]!r}{hint}")


def prefers_csv(accept: str) -> bool:
    """Return True if an Accept header prefers CSV to JSON."""
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
