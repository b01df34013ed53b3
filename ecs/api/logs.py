"""JSON log lines with the same members as the Lambda functions' logs.

Every line of a request has its trace id as correlation_id.
"""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

# The load balancer requests it from every task, every few seconds.
UNLOGGED_PATHS = ("/health",)
# Longer than the load balancer's trace ids; clients can send any length.
MAX_TRACE_ID = 200

# Trace id of the current request.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def trace_id(request: web.BaseRequest) -> str | None:
    """Return the load balancer's trace id of a request."""
    return request.headers.get("X-Amzn-Trace-Id", "")[:MAX_TRACE_ID] or None


class JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object; `extra={"fields": {…}}` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the JSON of a record."""
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
    """Logs the method, path, status, duration and size of each request."""

    @property
    def enabled(self) -> bool:
        """Return False if the log level is above INFO; aiohttp then measures no durations."""
        return self.logger.isEnabledFor(logging.INFO)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Log one request."""
        if request.path in UNLOGGED_PATHS:
            return
        fields = {
            "method": request.method,
            "path": request.path_qs,
            "status": response.status,
            "milliseconds": round(time * 1000, 1),
            "bytes": response.body_length,
            "correlation_id": trace_id(request),
        }
        # Faster than Logger.info, which looks up the caller for members not logged here.
        record = {
            "name": self.logger.name,
            "levelno": logging.INFO,
            "levelname": "INFO",
            "msg": "request",
            "fields": fields,
        }
        self.logger.handle(logging.makeLogRecord(record))


def configure(level: int = logging.INFO) -> None:
    """Send all logs to standard output, from which ECS collects them."""
    # The logging HOWTO's optimization: these attributes of a record are not logged here.
    logging.logThreads = logging.logProcesses = False
    logging.logMultiprocessing = False
    logging.logAsyncioTasks = False  # type: ignore[attr-defined]
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
