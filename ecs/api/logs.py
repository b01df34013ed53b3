"""Logs as JSON lines, one for each request that is worth one."""

import json
import logging
import sys
from datetime import UTC, datetime

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

# The load balancer asks these every few seconds, of every task.
QUIET = ("/health",)


class JsonFormatter(logging.Formatter):
    """A record as one JSON object; `extra={"fields": {…}}` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
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
            "trace_id": request.headers.get("X-Amzn-Trace-Id"),
        }
        self.logger.info("request", extra={"fields": fields})


def configure(level: int = logging.INFO) -> None:
    """Send all logs to standard output, where ECS picks them up."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
