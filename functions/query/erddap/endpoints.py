"""The endpoints below /erddap/, with their texts in the OpenAPI document."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property

from adapters.dynamodb import TooManyItems
from aquasense.metadata.netcdf_file import TooLarge
from aquasense.metadata.tables import Table, list_tables
from query.erddap import catalog, tabledap
from query.erddap.errors import TEXT, ErddapError, build_error, quote
from query.erddap.text_table import MEDIA_TYPES
from query.http import Request, Response
from query.resources.base import Query, Sources

# The release whose requests are understood; some clients send requests by it.
VERSION = "2.23"
PATH = "/erddap/"


@dataclass(frozen=True)
class Endpoint:
    """A path with its handler.

    Attributes:
        path: as in OpenAPI; `{id}` is a table's id, `{type}` one of the types.
        handler: coroutine function of the sources, the table's id, the type and the query string.
        types: media type of each type.
        summary, description: of the operation in the OpenAPI document.
        options: names of the query parameters, if the query consists of pairs.
    """

    path: str
    handler: Callable[[Sources, str, str, str], Awaitable[Response]]
    types: dict[str, str]
    summary: str
    description: str
    options: tuple[str, ...] = ()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return the expression of the paths, with the groups `id` and `type`."""
        escaped = re.escape(self.path).replace(r"\{id\}", r"(?P<id>[^/]+)")
        return re.compile(escaped.replace(r"\{type\}", r"(?P<type>[^/.]+)"))


async def _show_version(sources: Sources, table_id: str, file_type: str, query: str) -> Response:
    return tabledap.respond(f"ERDDAP_version={VERSION}\n".encode(), TEXT)


async def _list_tables(sources: Sources, table_id: str, file_type: str, query: str) -> Response:
    tables = list_tables(sources.datasets).values()
    text = catalog.list_catalog(tables, catalog.parse_options(query))
    return tabledap.respond_text(text, file_type)


async def _search(sources: Sources, table_id: str, file_type: str, query: str) -> Response:
    options = catalog.parse_options(query)
    tables = catalog.search_tables(list_tables(sources.datasets).values(), options)
    tables = await tabledap.select_by_time(sources, tables, options)
    return tabledap.respond_text(catalog.list_catalog(tables, options), file_type)


async def _show_info(sources: Sources, table_id: str, file_type: str, query: str) -> Response:
    return await tabledap.show_info(sources, _find_table(sources, table_id), file_type)


async def _show_rows(sources: Sources, table_id: str, file_type: str, query: str) -> Response:
    return await tabledap.show_rows(sources, _find_table(sources, table_id), file_type, query)


_PAGES = ("page", "itemsPerPage")
_QUERY = (
    "The query string is names of variables, separated by commas, then constraints, each after "
    "`&`: `time,mean&time>=2022-12-01&time<now-7days&distinct()`. Operators are `=`, `!=`, `<`, "
    "`<=`, `>`, `>=` and, for a regular expression, `=~`; texts are in quotation marks. A time is "
    'ISO 8601, seconds since 1970, `now-7days` or `max(time)-7days`. `orderBy("mean")` sorts. '
    "A query without a matching row is a 404. `ncCF` is a CF time series; `nc` has one dimension, "
    "the row."
)
ENDPOINTS = (
    Endpoint("/erddap/version", _show_version, {"": TEXT}, "Version of ERDDAP's requests",
             "The release of ERDDAP whose requests this server understands, tabledap only."),
    Endpoint("/erddap/info/index.{type}", _list_tables, MEDIA_TYPES, "All tables",
             "Two tables for each dataset: the readings and the monthly figures.", _PAGES),
    Endpoint("/erddap/tabledap/index.{type}", _list_tables, MEDIA_TYPES, "All tables of tabledap",
             "The same list.", _PAGES),
    Endpoint("/erddap/search/index.{type}", _search, MEDIA_TYPES, "Search for tables",
             "`searchFor` is words or phrases in quotation marks; `-` before one excludes it.",
             ("searchFor", *_PAGES)),
    Endpoint("/erddap/search/advanced.{type}", _search, MEDIA_TYPES, "Search by attributes",
             "As `search/index`, and by category, position and time; `(ANY)` is no condition.",
             ("searchFor", *catalog.FILTERS, *catalog.BOUNDS, *tabledap.TIMES, *_PAGES)),
    Endpoint("/erddap/info/{id}/index.{type}", _show_info, MEDIA_TYPES, "Variables and attributes",
             "Metadata after CF and ACDD, as a table."),
    Endpoint("/erddap/tabledap/{id}.{type}", _show_rows, tabledap.TYPES, "Rows of a table",
             _QUERY),
)  # fmt: skip


async def respond(sources: Sources, query: Query) -> Response:
    """Return the response to any path below /erddap/.

    Raises:
        Exception: the table failed.
    """
    try:
        return await _dispatch(sources, query.request)
    except ErddapError as error:
        return build_error(error.status, str(error))
    except TooManyItems as error:
        number = f"{error.limit:,}"
        return build_error(400, f"Your query needs more than {number} stored versions or events.")
    except TooLarge:
        return refuse_length()


def refuse_length() -> Response:
    """Return the response to a request for too many bytes."""
    return build_error(400, "Your query produced too much data. Request fewer rows or variables.")


async def _dispatch(sources: Sources, request: Request) -> Response:
    for endpoint in ENDPOINTS:
        if match := endpoint.pattern.fullmatch(request.path):
            parts = {"id": "", "type": "", **match.groupdict()}
            if parts["type"] not in endpoint.types:
                types = ", ".join(f".{name}" for name in endpoint.types)
                raise ErddapError(
                    404, f"fileType={quote(parts['type'])} is not supported. There is: {types}"
                )
            return await endpoint.handler(sources, parts["id"], parts["type"], request.query_string)
    paths = ", ".join(endpoint.path for endpoint in ENDPOINTS)
    raise ErddapError(404, f"Resource not found: {quote(request.path)}. There is: {paths}")


def _find_table(sources: Sources, table_id: str) -> Table:
    tables = list_tables(sources.datasets)
    if table_id not in tables:
        names = ", ".join(tables)
        raise ErddapError(404, f"Currently unknown datasetID={quote(table_id)}. There is: {names}")
    return tables[table_id]
