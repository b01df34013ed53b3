"""Logs as JSON lines, one for each request that is worth one.

Members are named as in the functions' logs, so that one search goes through both: a request's lines
have its id as correlation_id.
"""

import asyncio
import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as _quoted

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


def access_line(
    method: str, path: str, status: int, seconds: float, size: int, correlation_id: str
) -> str:
    """A request's line, as AccessLogger and JsonFormatter make it together."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    named = f'"correlation_id": {_quoted(correlation_id[:ID_LENGTH])}, ' if correlation_id else ""
    return (
        f'{{"level": "INFO", "location": "aiohttp.access", "message": "request", '
        f'"timestamp": "{now}", "service": "api", {named}"method": "{method}", '
        f'"path": {_quoted(path)}, "status": {status}, '
        f'"milliseconds": {round(seconds * 1000, 1)}, "bytes": {size}}}\n'
    )


class Lines:
    """Lines for standard output, written together once the loop has nothing else at hand."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[str] = []

    def add(self, line: str) -> None:
        """Write a line soon."""
        if not self._waiting:
            self._loop.call_soon(self._write)
        self._waiting.append(line)

    def _write(self) -> None:
        text = "".join(self._waiting)
        self._waiting.clear()
        sys.stdout.write(text)
        sys.stdout.flush()


def configure(level: int = logging.INFO) -> None:
    """Send all logs to standard output, where ECS picks them up."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
