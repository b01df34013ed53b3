"""API Gateway's payload format 2.0: its events as requests, responses as what it takes."""

import json
from typing import Any

from yarl import URL

from query.headers import add_headers
from query.http import Request, Response, problem
from query.routes import find_route

# The longest result of a function as JSON, all that surrounds the body included.
MOST_BYTES = 6_291_556
# Parameters that make a response shorter.
NARROWING = ("from", "to", "since", "until", "threshold", "limit")


def parse_event(event: dict[str, Any]) -> Request:
    """Return the request of an event."""
    # Parsed as aiohttp parses it in the container: both have to agree on '+', ';' and '%'.
    url = URL.build(path="/", query_string=event.get("rawQueryString", ""), encoded=True)
    return Request(
        method=event["requestContext"]["http"]["method"],
        path=event["rawPath"],
        query=list(url.query.items()),
        headers=event.get("headers") or {},
    )


def build_result(request: Request, response: Response, origins: tuple[str, ...]) -> dict[str, Any]:
    """Return a response as API Gateway takes it; a 400 in place of one that is too long."""
    result = _encode(response) or _encode(add_headers(_too_long(request.path), request, origins))
    assert result is not None
    return result | {"body": ""} if request.method == "HEAD" else result


def _encode(response: Response) -> dict[str, Any] | None:
    """Return the result, or None where it is too long for Lambda."""
    body = bytearray()
    for part in response.parts():
        body += part
        if len(body) > MOST_BYTES:
            return None
    result = {
        "statusCode": int(response.status),
        "headers": dict(response.headers),
        "body": body.decode(),
    }
    # Every quotation mark of the body takes two bytes, and what is not ASCII up to six.
    return result if len(json.dumps(result)) <= MOST_BYTES else None


def _too_long(path: str) -> Response:
    route = find_route(path)
    names = [name for name in NARROWING if route and name in route.names]
    by = f" by {' and '.join(names)}" if names else ""
    return problem(
        400,
        "answer too long",
        f"the answer is longer than the 6 MB that can be handed over here; ask for less{by}",
        parameter=names[0] if names else None,
    )
