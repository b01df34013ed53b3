"""Lambda entry point of the HTTP API (API Gateway payload format 2.0)."""

import asyncio
import time
from contextlib import AsyncExitStack
from functools import cache
from typing import Any

from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.config import Config
from adapters.observability import logger
from adapters.table import Table
from aquasense import datasets
from query import gateway, headers
from query.http import Request, Response, shorten, unavailable
from query.service import MAX_ITEMS, TABLE_TIMEOUT, Service

ORIGINS = headers.allowed_origins()

config = Config.from_env()
# One event loop and one connection pool for the life of the execution environment: opening them
# costs more than a response.
runner = asyncio.Runner()
connections = AsyncExitStack()


@logger.inject_lambda_context(
    clear_state=True, correlation_id_path=correlation_paths.API_GATEWAY_HTTP
)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Respond to one request of the HTTP API."""
    started = time.monotonic()
    request = gateway.parse_event(event)
    result = gateway.build_result(request, _respond(request), ORIGINS)
    fields = {
        "method": shorten(request.method),
        "path": shorten(f"{event['rawPath']}?{event.get('rawQueryString', '')}".rstrip("?")),
        "status": result["statusCode"],
        "milliseconds": round((time.monotonic() - started) * 1000, 1),
    }
    logger.info("request", extra=fields)
    return result


def _respond(request: Request) -> Response:
    try:
        return runner.run(_service().respond(request, ORIGINS))
    except Exception:
        logger.exception("a request failed")
        return headers.add_headers(unavailable(), request, ORIGINS)


@cache
def _service() -> Service:
    table = runner.run(
        connections.enter_async_context(Table.open(config, TABLE_TIMEOUT, MAX_ITEMS))
    )
    return Service(table, datasets.load_datasets(config.alert_threshold))
