"""HTTP requests and responses as the service sees them, whichever server carries them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aquasense.formats.json_format import encode_json

JSON, CSV, PROBLEM = "application/json", "text/csv", "application/problem+json"
METHODS = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request.

    Attributes:
        method: in upper case.
        path: decoded.
        query: decoded pairs of name and value, in the order of the query string.
        headers: looked up by names in lower case.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """Return a header, empty where the request has none."""
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response.

    Attributes:
        status: the status code.
        headers: by name.
        body: the bytes, or a function that yields them in parts, the same ones at every call.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | Callable[[], Iterable[bytes]] = b""

    def parts(self) -> Iterable[bytes]:
        """Return the body in parts."""
        return (self.body,) if isinstance(self.body, bytes) else self.body()

    def content(self) -> bytes:
        """Return the whole body."""
        return b"".join(self.parts())


def content_type(media_type: str) -> dict[str, str]:
    """Return the header of text of a media type."""
    return {"Content-Type": f"{media_type}; charset=utf-8"}


def problem(status: int, title: str, detail: str, **members: Any) -> Response:
    """Return an error as RFC 9457 defines it; members that are None are left out."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    content |= {name: value for name, value in members.items() if value is not None}
    return Response(status, content_type(PROBLEM), encode_json(content))


def unavailable() -> Response:
    """Return the error for a failure of the table; its cause is for the log only."""
    return problem(503, "unavailable", "the answer could not be worked out; try again in a moment")


def not_allowed(methods: Iterable[str] = METHODS) -> Response:
    """Return the error for a method that the route does not have."""
    allowed = ", ".join(methods)
    response = problem(405, "method not allowed", f"allowed: {allowed}")
    return Response(response.status, {**response.headers, "Allow": allowed}, response.body)
