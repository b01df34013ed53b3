"""Lambda entry point: API Gateway's HTTP API (payload format 2.0), in place of the container."""

import asyncio
import json
import time
from contextlib import AsyncExitStack
from functools import cache
from typing import Any

from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext
from yarl import URL

from adapters.settings import Settings
from adapters.table import Table
from adapters.telemetry import logger
from aquasense import datasets
from query import http, routes
from query.answer import Answer, problem, unavailable
from query.service import Service

# Somebody is waiting for the answer: give up early and say so.
PATIENCE = 3.0
ORIGINS = http.origins()
# Of an answer as JSON, with all that goes around the body; Lambda fails where it is longer.
MOST_BYTES = 6_291_556
# With these somebody asks for less.
NARROWING = ("from", "to", "since", "until", "threshold", "limit")

settings = Settings.from_env()
known = datasets.load(settings.alert_threshold)
# One loop, and one connection in it, for as long as this instance lives: making them anew for
# every request would cost more than the answer.
runner = asyncio.Runner()
connections = AsyncExitStack()


@logger.inject_lambda_context(
    clear_state=True, correlation_id_path=correlation_paths.API_GATEWAY_HTTP
)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request as the container would; what differs is in query.service."""
    started = time.monotonic()
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    query, headers = event.get("rawQueryString", ""), event.get("headers") or {}
    asked = http.Asked(headers.get("if-none-match", ""), headers.get("origin", ""))
    if method == "OPTIONS" and routes.of(path):
        response = http.preflight(asked, ORIGINS)
    else:
        answered = _answer(method, path, query, headers.get("accept", ""))
        response = http.response(answered, asked, ORIGINS)
    reply = _reply(response)
    if reply is None:
        response = http.response(_too_long(path), asked, ORIGINS)
        reply = _reply(response) or {}
    fields = {
        "method": method,
        "path": f"{path}?{query}".rstrip("?"),
        "status": response.status,
        "milliseconds": round((time.monotonic() - started) * 1000, 1),
    }
    logger.info("request", extra=fields)
    return reply | {"body": ""} if method == "HEAD" else reply


def _answer(method: str, path: str, query: str, accept: str) -> Answer:
    if routes.of(path) and method not in http.METHODS:
        return http.not_allowed()
    # Split as aiohttp splits it in the container: the two have to agree on '+' and ';' and '%'.
    pairs = URL.build(path="/", query_string=query, encoded=True).query.items()
    try:
        return runner.run(_service().answer(path, pairs, accept))
    except Exception:
        logger.exception("a request failed")
        return unavailable()


def _reply(response: http.Response) -> dict[str, Any] | None:
    """A response as API Gateway takes it; None where it is longer than Lambda hands over."""
    reply = {"statusCode": response.status, "headers": response.headers}
    if response.parts is None:
        return reply | {"body": response.body.decode()}
    body = bytearray()
    for part in response.parts():
        body += part
        if len(body) > MOST_BYTES:
            return None
    reply["body"] = body.decode()
    # Every quotation mark of the body takes two bytes, and what is not ASCII up to six.
    return reply if len(json.dumps(reply)) <= MOST_BYTES else None


def _too_long(path: str) -> Answer:
    route = routes.of(path)
    names = [name for name in NARROWING if route and name in route.names]
    by = f" by {' and '.join(names)}" if names else ""
    return problem(
        400,
        "answer too long",
        f"the answer is longer than the 6 MB that can be handed over here; ask for less{by}",
        parameter=names[0] if names else None,
    )


@cache
def _service() -> Service:
    table = runner.run(connections.enter_async_context(Table.open(settings, PATIENCE)))
    return Service(table, known)
