"""Logs as JSON lines, one for each request that is worth one.

Members are named as in the functions' logs, so that one search goes through both: a request's lines
have its id as correlation_id.
"""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

# The load balancer asks these every few seconds, of every task.
QUIET = ("/health",)
# The load balancer's ids are shorter; anybody can send others.
ID_LENGTH = 200

# The request that is being answered, for what is logged while it is.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def id_of(request: web.BaseRequest) -> str | None:
    """What the load balancer calls the request."""
    return request.headers.get("X-Amzn-Trace-Id", "")[:ID_LENGTH] or None


class JsonFormatter(logging.Formatter):
    """A record as one JSON object; `extra={"fields": {…}}` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "level": record.levelname,
            "location": record.name,
            "message": record.getMessage(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "service": "api",
            "correlation_id": request_id.get(),
            **getattr(record, "fields", {}),
        }
        if line["correlation_id"] is None:
            del line["correlation_id"]
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


class AccessLogger(AbstractAccessLogger):
    """What was asked, what was answered, how long it took."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        if request.path in QUIET:
            return
        fields = {
            "method": request.method,
            "path": request.path_qs,
            "status": response.status,
            "milliseconds": round(time * 1000, 1),
            "bytes": response.body_length,
            "correlation_id": id_of(request),
        }
        self.logger.info("request", extra={"fields": fields})


def configure(level: int = logging.INFO) -> None:
    """Send all logs to standard output, where ECS picks them up."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
