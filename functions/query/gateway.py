"""Convert API Gateway events (payload format 2.0) to requests, and responses to results."""

import base64
import json
from typing import Any

from yarl import URL

from query.erddap import endpoints
from query.erddap.tabledap import NETCDF
from query.headers import add_headers
from query.http import Request, Response, problem
from query.routes import find_route

# Lambda's limit of a result as JSON, including the members around the body.
MAX_RESULT_BYTES = 6_291_556
# Media types of bodies that are no text.
BINARY = (NETCDF,)
# Parameters that make a response shorter.
FILTERS = ("from", "to", "since", "until", "threshold", "limit")


def parse_event(event: dict[str, Any]) -> Request:
    """Return the request of an event."""
    # yarl, as in aiohttp: the container must decode '+', ';' and '%' the same way.
    url = URL.build(path="/", query_string=event.get("rawQueryString", ""), encoded=True)
    return Request(
        method=event["requestContext"]["http"]["method"],
        path=event["rawPath"],
        query=list(url.query.items()),
        headers=event.get("headers") or {},
        query_string=url.raw_query_string,
    )


def build_result(request: Request, response: Response, origins: tuple[str, ...]) -> dict[str, Any]:
    """Return the result for API Gateway; a 400 if the response is too long."""
    result = _encode(response) or _encode(
        add_headers(_refuse_length(request.path), request, origins)
    )
    assert result is not None
    return result | {"body": ""} if request.method == "HEAD" else result


def _encode(response: Response) -> dict[str, Any] | None:
    """Return the result; None if it is too long for Lambda."""
    body = bytearray()
    for part in response.parts():
        body += part
        if len(body) > MAX_RESULT_BYTES:
            return None
    is_binary = response.headers.get("Content-Type") in BINARY
    result = {
        "statusCode": int(response.status),
        "headers": dict(response.headers),
        "body": (base64.b64encode(body) if is_binary else body).decode(),
    }
    if is_binary:
        result["isBase64Encoded"] = True
    # JSON escapes: two bytes for a quotation mark, up to six for a character outside ASCII.
    return result if len(json.dumps(result)) <= MAX_RESULT_BYTES else None


def _refuse_length(path: str) -> Response:
    route = find_route(path)
    if route and route.own_query:
        return endpoints.refuse_length()
    names = [name for name in FILTERS if route and name in route.names]
    by = f" by {' and '.join(names)}" if names else ""
    return problem(
        400,
        "answer too long",
        f"the answer is longer than the 6 MB that can be handed over here; ask for less{by}",
        parameter=names[0] if names else None,
    )
