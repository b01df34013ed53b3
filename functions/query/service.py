"""The API's responses to requests, the same bytes from the container and the Lambda function.

Two differences: the function refuses bodies that are too long for Lambda; the container also
serves the health checks.
"""

from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property

from adapters.dynamodb import TooManyItems
from adapters.table import Table
from aquasense.datasets import Datasets
from aquasense.readings.versions import current_readings
from query.headers import add_headers, check_condition, choose_media_type, preflight
from query.http import CSV, JSON, METHODS, Request, Response, not_allowed, problem
from query.page import Page
from query.resources.base import NotFound, Query, Sources
from query.resources.monthly_members import NoReadings, available_months
from query.routes import ROUTES, UPLOAD_PATH, find_route
from query.validation import BadParameter, Parameters, suggest_name

# Seconds for retries of requests to the table: clients wait for the response.
TABLE_TIMEOUT = 3.0
# Items that one read of the table returns at most, which bounds the work and the memory of a
# request. A dataset has at most 73,414 dates; the versions of each count separately.
MAX_ITEMS = 100_000


class Service:
    """Responds to requests from one table."""

    def __init__(self, table: Table, datasets: Datasets) -> None:
        self._sources = Sources(table, datasets)

    async def respond(self, request: Request, origins: tuple[str, ...]) -> Response:
        """Return the complete response to a request of any method and path.

        Args:
            request: the request.
            origins: origins allowed by CORS.

        Raises:
            Exception: the table failed.
        """
        document = None if find_route(request.path) else self._page.find(request)
        has_route = document is not None or find_route(request.path) is not None
        if has_route and request.method == "OPTIONS":
            return preflight(request, origins)
        if has_route and request.method not in METHODS:
            response = not_allowed()
        else:
            response = document or await self.get(request)
        completed = add_headers(response, request, origins)
        return check_condition(completed, request.header("if-none-match"))

    @cached_property
    def _page(self) -> Page:
        # Only when a path is not a route's: most cold starts answer a route.
        return Page(self._sources.datasets)

    async def get(self, request: Request) -> Response:
        """Return the response to a GET of a route; a client error is a problem+json.

        Raises:
            Exception: the table failed.
        """
        route = find_route(request.path)
        if route is None:
            return not_found(request.path)
        if route.own_query:
            return await route.handler(self._sources, Query(Parameters({}), request=request))
        try:
            parameters = Parameters.parse(request.query, route.names)
            chosen = parameters.choice("format", ("json", "csv"))
            csv = chosen == "csv" or (chosen is None and prefers_csv(request.header("accept")))
            upload_id = request.path.removeprefix(UPLOAD_PATH) if route.has_upload_id else ""
            return await route.handler(self._sources, Query(parameters, csv, upload_id, request))
        except BadParameter as error:
            dataset = dict(request.query).get("dataset")
            available = await self._available_months(dataset) if route.has_month else None
            return problem(
                400, "bad parameter", error.detail, parameter=error.name, available=available
            )
        except NoReadings as error:
            members = {"available": error.available, "known_from": error.known_from}
            return problem(404, "no readings", str(error), **members)
        except NotFound as error:
            return problem(404, "not found", str(error))
        except TooManyItems as error:
            return problem(400, "too much to read", explain_limit(error))

    async def _available_months(self, dataset: str | None) -> dict[str, str] | None:
        """Return the first and the last month with readings, for the details of a 400.

        None for an unknown or empty dataset, and if the table fails: the response stays a 400.
        """
        datasets = self._sources.datasets
        name = datasets.default.name if dataset is None else dataset
        if name not in datasets.by_name:
            return None
        with suppress(Exception):
            versions = await self._sources.table.read_all_versions(name)
            return available_months(current_readings(versions))
        return None


def explain_limit(error: TooManyItems) -> str:
    """Return the detail of a 400 for a request that needs too many items."""
    return (
        f"this answer needs more than {error.limit:,} stored versions or events, which is what one "
        "request may read; ask for single months, such as "
        "/temp?month=12&year=2022&explain=1, which lists the readings used"
    )


def not_found(path: str, other_paths: Iterable[str] = ()) -> Response:
    """Return the 404 for an unknown path, with the most similar known path.

    Args:
        path: decoded.
        other_paths: paths that the server serves besides ROUTES.
    """
    paths = [*ROUTES, *other_paths]
    without_slash = path.rstrip("/")
    if without_slash in paths or find_route(without_slash):
        # Suggest instead of redirecting: caches and logs should see one URL for each resource.
        hint = f"; did you mean {without_slash[:50]!r}? There is: {', '.join(paths)}"
    else:
        hint = suggest_name(path[:50], paths)
    return problem(404, "not found", f"there is no {path[:50]!r}{hint}")


def prefers_csv(accept: str) -> bool:
    """Return True if an Accept header prefers CSV to JSON."""
    return choose_media_type(accept, (JSON, CSV)) == CSV
