"""What is declared of each route of the API."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from query.http import Response
from query.parameters import Parameter
from query.resources.base import Query, Sources

type Handler = Callable[[Sources, Query], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """A resource that supports GET.

    Attributes:
        path: as in OpenAPI; `{id}` is an upload id, `{name}` the name of a dataset.
        handler: coroutine function that returns the response to a valid query.
        tag: group of the operation in the OpenAPI document.
        schema: name of the JSON schema in openapi/schemas.json.
        parameters: allowed query parameters.
        summary: one line.
        description: a paragraph.
        own_query: True if the handler parses the query string, and its path ends with any text.
        media_type: of the responses; empty for JSON and CSV.
    """

    path: str
    handler: Handler
    tag: str
    schema: str
    parameters: tuple[Parameter, ...]
    summary: str
    description: str
    own_query: bool = False
    media_type: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the query parameters."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def has_month(self) -> bool:
        """Return True if the query names one month."""
        return "month" in self.names

    @property
    def has_upload_id(self) -> bool:
        """Return True if the path ends with an upload id."""
        return "{id}" in self.path
