"""The operations of the ERDDAP-compatible door, for the OpenAPI document."""

from collections.abc import Iterator
from typing import Any

from aquasense.datasets import Datasets
from aquasense.metadata.tables import list_tables
from query.erddap.catalog import MAX_COUNT
from query.erddap.endpoints import ENDPOINTS, PATH, Endpoint
from query.erddap.errors import TEXT

_COUNT: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": MAX_COUNT}
_ERRORS = {
    "400": "The query is wrong, or asks for too much; the text is in ERDDAP's form.",
    "404": "There is no such table or type, or no row matches; the text is in ERDDAP's form.",
}


def describe_endpoints(datasets: Datasets) -> dict[str, Any]:
    """Return the path items of all endpoints."""
    return {endpoint.path: {"get": _describe(endpoint, datasets)} for endpoint in ENDPOINTS}


def _describe(endpoint: Endpoint, datasets: Datasets) -> dict[str, Any]:
    name = endpoint.path.removeprefix(PATH).translate(str.maketrans("/.", "__", "{}"))
    media_types = dict.fromkeys(_plain(media_type) for media_type in endpoint.types.values())
    schema = {"schema": {"type": "string"}}
    contents = {
        media_type: {"schema": {"type": "object"}} if media_type.endswith("json") else schema
        for media_type in media_types
    }
    return {
        "operationId": f"erddap_{name}",
        "tags": ["erddap"],
        "summary": endpoint.summary,
        "description": endpoint.description,
        "parameters": list(_list_parameters(endpoint, datasets)),
        "responses": {
            "200": {"description": endpoint.summary, "content": contents},
            "304": {"description": "The response has the ETag of `If-None-Match`."},
            **{
                status: {"description": text, "content": {_plain(TEXT): schema}}
                for status, text in _ERRORS.items()
            },
            "503": {"description": "The table is not available; retry in a moment."},
        },
    }


def _list_parameters(endpoint: Endpoint, datasets: Datasets) -> Iterator[dict[str, Any]]:
    values = {"id": list(list_tables(datasets)), "type": list(endpoint.types)}
    for name, allowed in values.items():
        if f"{{{name}}}" in endpoint.path:
            schema = {"type": "string", "enum": allowed}
            yield {"name": name, "in": "path", "required": True, "schema": schema,
                   "example": allowed[0]}  # fmt: skip
    for name in endpoint.options:
        kind = _COUNT if name in ("page", "itemsPerPage") else {"type": "string"}
        yield {"name": name, "in": "query", "required": False, "schema": kind}


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0]
