"""JSON log lines, one for each request that is worth one.

Members are named as in the functions' logs, so that one search covers both: all lines of a request
have its trace id as correlation_id.
"""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

# The load balancer requests it every few seconds, from every task.
QUIET = ("/health",)
# The load balancer's trace ids are shorter; clients can send others.
ID_LENGTH = 200

# Trace id of the request that is being handled.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def trace_id(request: web.BaseRequest) -> str | None:
    """Return the load balancer's id of the request."""
    return request.headers.get("X-Amzn-Trace-Id", "")[:ID_LENGTH] or None


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object; `extra={"fields": {…}}` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        time = datetime.fromtimestamp(record.created, UTC)
        line = {
            "level": record.levelname,
            "location": record.name,
            "message": record.getMessage(),
            "timestamp": time.isoformat(timespec="milliseconds"),
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
    """Logs each request: method, path, status, time, bytes."""

    @property
    def enabled(self) -> bool:
        """Return False where nothing is to be logged, so that aiohttp takes no times."""
        return self.logger.isEnabledFor(logging.INFO)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Log one request."""
        if request.path in QUIET:
            return
        fields = {
            "method": request.method,
            "path": request.path_qs,
            "status": response.status,
            "milliseconds": round(time * 1000, 1),
            "bytes": response.body_length,
            "correlation_id": trace_id(request),
        }
        # Logger.info would look up the calling line, which no line shows.
        record = {
            "name": self.logger.name,
            "levelno": logging.INFO,
            "levelname": "INFO",
            "msg": "request",
            "fields": fields,
        }
        self.logger.handle(logging.makeLogRecord(record))


def configure(level: int = logging.INFO) -> None:
    """Send all logs to standard output, where ECS collects them."""
    # Not collected, as the logging HOWTO advises, because no line shows them.
    logging.logThreads = logging.logProcesses = False
    logging.logMultiprocessing = False
    logging.logAsyncioTasks = False  # type: ignore[attr-defined]
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
