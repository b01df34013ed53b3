"""Errors in the form that clients of ERDDAP expect."""

import json
from http import HTTPStatus

from query.http import Response

TEXT = "text/plain;charset=UTF-8"


class ErddapError(Exception):
    """A request that gets no data; the message is for the client.

    Attributes:
        status: 400 for a wrong request, 404 for a resource that does not exist.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def query_error(message: str) -> ErddapError:
    """Return the error of a query that cannot be understood."""
    return ErddapError(400, f"Query error: {message}")


def no_data(detail: str = "(nRows = 0)") -> ErddapError:
    """Return the error of a query that matches nothing."""
    return ErddapError(404, f"Your query produced no matching results. {detail}")


def quote(text: str) -> str:
    """Return the beginning of a client's text in quotation marks."""
    return json.dumps(text[:50])


def build_error(status: int, message: str) -> Response:
    """Return the response to a request that gets no data."""
    text = json.dumps(f"{HTTPStatus(status).phrase}: {message}", ensure_ascii=False)
    body = f"Error {{\n    code={status};\n    message={text};\n}}\n"
    return Response(status, {"Content-Type": TEXT}, body.encode(errors="backslashreplace"))
