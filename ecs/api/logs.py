"""JSON log lines with the same members as the Lambda functions' logs.

Every line of a request has its trace id as correlation_id.
"""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from query.http import shorten

# The load balancer requests it from every task, every few seconds.
UNLOGGED_PATHS = ("/health",)
# Longer than the load balancer's trace ids; clients can send any length.
MAX_TRACE_ID = 200

# json.dumps() with its defaults, without a look at its arguments in every call.
encode = json.JSONEncoder().encode

# Trace id of the current request.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def trace_id(request: web.BaseRequest) -> str | None:
    """Return the load balancer's trace id of a request."""
    return request.headers.get("X-Amzn-Trace-Id", "")[:MAX_TRACE_ID] or None


def format_time(record: logging.LogRecord) -> str:
    """Return the time of a record in ISO 8601, in UTC with milliseconds."""
    return f"{_format_second(int(record.created))}.{int(record.msecs):03d}+00:00"


@lru_cache(maxsize=1)
def _format_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


class AccessRecord(logging.LogRecord):
    """Record of a request.

    Attributes:
        line: the record as JSON.
    """

    line = ""


class JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the JSON of a record."""
        if isinstance(record, AccessRecord):
            return record.line
        line = {
            "level": record.levelname,
            "location": record.name,
            "message": record.getMessage(),
            "timestamp": format_time(record),
            "service": "api",
            "correlation_id": request_id.get(),
        }
        if line["correlation_id"] is None:
            del line["correlation_id"]
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return encode(line)


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
        # Faster than Logger.info, which looks up the caller for members not logged here, and than
        # the encoding of a dict: the line is the largest part of a cached response.
        record = AccessRecord(self.logger.name, logging.INFO, "", 0, "request", (), None)
        trace = trace_id(request)
        correlation = f'"correlation_id": {encode(trace)}, ' if trace else ""
        record.line = (
            f'{{"level": "INFO", "location": "{record.name}", "message": "request", '
            f'"timestamp": "{format_time(record)}", "service": "api", {correlation}'
            f'"method": {encode(request.method)}, "path": {encode(shorten(request.path_qs))}, '
            f'"status": {response.status}, "milliseconds": {time * 1000:.1f}, '
            f'"bytes": {response.body_length}}}'
        )
        self.logger.handle(record)


def configure(level: int = logging.INFO) -> None:
    """Send all logs to standard output, from which ECS collects them."""
    # The logging HOWTO's optimization: these attributes of a record are not logged here.
    logging.logThreads = logging.logProcesses = False
    logging.logMultiprocessing = False
    logging.logAsyncioTasks = False  # type: ignore[attr-defined]
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
