"""HTTP requests and responses, independent of the server."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aquasense.formats.json_format import encode_json

JSON, CSV, PROBLEM = "application/json", "text/csv", "application/problem+json"
METHODS = ("GET", "HEAD", "OPTIONS")
# Clients choose the length of paths, and logs are billed by length.
MAX_LOGGED_LENGTH = 500
_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?", re.ASCII)

type Body = bytes | Callable[[], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request.

    Attributes:
        method: in upper case.
        path: decoded.
        query: decoded pairs of name and value, in the order of the query string.
        headers: by name; lower case works for every server.
        query_string: as it was sent.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    query_string: str = ""

    def header(self, name: str) -> str:
        """Return a header; empty if the request does not have it."""
        return self.headers.get(name, "")

    @property
    def base_url(self) -> str:
        """Return the address that the client used: 'https://water.example'; empty without one.

        Balancer and API Gateway set X-Forwarded-Proto; the host is any text of the client.
        """
        scheme = "https" if self.header("x-forwarded-proto") == "https" else "http"
        host = self.header("host")
        return f"{scheme}://{host}" if _HOST.fullmatch(host) else ""


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response.

    Attributes:
        status: the status code.
        headers: by name.
        body: the bytes, or a function that yields them in parts; each call yields the same.
    """

    status: int
    headers: Mapping[str, str]
    body: Body = b""

    def parts(self) -> Iterable[bytes]:
        """Return the body in parts."""
        return (self.body,) if isinstance(self.body, bytes) else self.body()

    def content(self) -> bytes:
        """Return the whole body."""
        return b"".join(self.parts())


def shorten(text: str) -> str:
    """Return a client's text for the log, with an ellipsis for what is over MAX_LOGGED_LENGTH."""
    return text if len(text) <= MAX_LOGGED_LENGTH else f"{text[:MAX_LOGGED_LENGTH]}…"


def content_type(media_type: str) -> dict[str, str]:
    """Return the Content-Type header of a text in UTF-8."""
    return {"Content-Type": f"{media_type}; charset=utf-8"}


def problem(status: int, title: str, detail: str, **members: Any) -> Response:
    """Return a problem+json (RFC 9457) without the members that are None."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    content |= {name: value for name, value in members.items() if value is not None}
    return Response(status, content_type(PROBLEM), encode_json(content))


def unavailable() -> Response:
    """Return the 503 for a failure of the table; the cause is only logged."""
    return problem(503, "unavailable", "the answer could not be worked out; try again in a moment")


def not_allowed(methods: Iterable[str] = METHODS) -> Response:
    """Return the 405 for a method that the route does not support."""
    allowed = ", ".join(methods)
    response = problem(405, "method not allowed", f"allowed: {allowed}")
    return Response(response.status, {**response.headers, "Allow": allowed}, response.body)
