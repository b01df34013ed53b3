"""Log lines of the container."""

import asyncio
import io
import json
import logging
import re

import pytest
from aiohttp.test_utils import TestClient, TestServer

from adapters.config import Config
from adapters.table import Table
from api import logs
from api.app import create_app
from query.http import MAX_LOGGED_LENGTH

TRACE = "Root=1-6742b1c0-0123456789abcdef01234567"


@pytest.fixture
def ask(monkeypatch):
    """Send a request to the application, whose table fails; return the status and the log lines."""
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(logs.JsonFormatter())
    config = Config.from_env({"TABLE_NAME": "table", "AWS_REGION": "eu-west-1"})

    async def failing(*_args, **_kwargs):
        raise ConnectionError("no table")

    for name in ("ready", "read_months", "read_versions", "_query"):
        monkeypatch.setattr(Table, name, failing)

    async def answer(path, headers):
        server = TestServer(create_app(config))
        await server.start_server(access_log_class=logs.AccessLogger)
        async with TestClient(server) as client, client.get(path, headers=headers) as response:
            await response.read()
            return response.status

    def ask(path, **headers):
        root = logging.getLogger()
        root.addHandler(handler)
        level = root.level
        root.setLevel(logging.INFO)
        try:
            status = asyncio.run(answer(path, headers))
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
        return status, [json.loads(line) for line in output.getvalue().splitlines()]

    return ask


def test_the_lines_of_a_request_have_its_trace_id(ask):
    status, lines = ask("/temp?month=12&year=2022", **{"X-Amzn-Trace-Id": TRACE})
    assert status == 503
    of_request = [line for line in lines if line["message"] in ("a request failed", "request")]
    assert [line["level"] for line in of_request] == ["ERROR", "INFO"]
    assert {line["correlation_id"] for line in of_request} == {TRACE}
    error, request = of_request
    assert "no table" in error["exception"]
    assert (request["path"], request["status"]) == ("/temp?month=12&year=2022", 503)


def test_lines_have_the_members_of_the_functions_lines(ask):
    _, lines = ask("/ready")
    for line in lines:
        assert {"level", "location", "message"} <= line.keys()
        assert line["service"] == "api"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line["timestamp"])
        # Absent, because the request has no trace id.
        assert line.get("correlation_id") is None


def test_the_members_of_an_access_line(ask):
    _, lines = ask("/temp?month=13&year=2022", **{"X-Amzn-Trace-Id": 'Root="1"'})
    [line] = [line for line in lines if line["message"] == "request"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line.pop("timestamp"))
    assert 0 <= line.pop("milliseconds") < 10_000
    assert line.pop("bytes") > 100
    assert line == {
        "level": "INFO", "location": "aiohttp.access", "message": "request", "service": "api",
        "correlation_id": 'Root="1"', "method": "GET", "path": "/temp?month=13&year=2022",
        "status": 400,
    }  # fmt: skip


def test_the_access_log_is_disabled_above_info():
    for level, enabled in ((logging.WARNING, False), (logging.INFO, True)):
        assert logs.AccessLogger(logging.Logger("access", level), "").enabled is enabled


def test_a_long_trace_id_is_truncated(ask):
    _, lines = ask("/nowhere", **{"X-Amzn-Trace-Id": "x" * 5000})
    assert max(len(line.get("correlation_id") or "") for line in lines) == logs.MAX_TRACE_ID


def test_a_long_path_is_truncated(ask):
    query = "x=" + "y" * 5000
    _, lines = ask(f"/temp?{query}")
    [line] = [line for line in lines if line["message"] == "request"]
    assert line["path"] == f"/temp?{query}"[:MAX_LOGGED_LENGTH] + "…"


def test_health_checks_are_not_logged(ask):
    assert ask("/health") == (200, [])
