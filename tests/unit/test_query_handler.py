"""The Lambda function and the container respond with the same bytes."""

import asyncio
import importlib
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import pytest
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from adapters.config import Config
from adapters.table import Table
from api.app import create_app
from aquasense.readings.versions import Version
from query import gateway
from tests import support

ENVIRON = {"TABLE_NAME": "table", "AWS_REGION": "eu-west-1", "POWERTOOLS_SERVICE_NAME": "query"}
CONTEXT = SimpleNamespace(
    function_name="query",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-1:000000000000:function:query",
    aws_request_id="1",
)
# Upload id of the rows.
UPLOAD_ID = "20261123T061648.650Z-0000-1a2b3c4d5e6f"
REQUESTS = [
    ("GET", "/temp", "month=12&year=2022"),
    ("GET", "/sd", "month=12&year=2022"),
    ("GET", "/maxdiff", "month=12&year=2022"),
    ("GET", "/maxdiff", "month=1&year=2023"),
    ("GET", "/months", ""),
    ("GET", "/maxdiff", "month=12&year=2022&explain=1&as_of=2030-01-01"),
    ("GET", "/temp", "month=12&year=2022&format=csv"),
    ("GET", "/series", "format=csv"),
    ("GET", "/readings", "from=2022-12"),
    ("OPTIONS", "/temp", ""),
    # A month without readings.
    ("GET", "/temp", "month=1&year=1999"),
    # Invalid values and encodings.
    ("GET", "/temp", "month=13&year=2022"),
    ("GET", "/temp", "month=12"),
    ("GET", "/temp", "month=&year=2022"),
    ("GET", "/temp", "mes=12&year=2022"),
    ("GET", "/temp", "month=12&month=12&year=2022"),
    ("GET", "/temp", "month=%31%32&year=2022"),
    ("GET", "/temp", "month=+12&year=2022"),
    ("GET", "/temp", "month=12;year=2022"),
    ("GET", "/temp", "month=12&year=2022&"),
    ("GET", "/temp", "month=%E2%82%AC&year=2022"),
    ("GET", "/temp", "month=%FF&year=2022"),
    ("GET", "/temp", "month=1&year=2022&dataset=nowhere"),
    ("POST", "/temp", "month=12&year=2022"),
    ("DELETE", "/months", ""),
]


class Reply(NamedTuple):
    """The compared parts of a response."""

    status: int
    content_type: str | None
    allow: str | None
    body: bytes


class FakeTable:
    """The rows of the sample file as one upload; every read fails if `fails`."""

    def __init__(self) -> None:
        self.fails = False
        self.versions = support.versions_of(support.SAMPLE.read_bytes(), UPLOAD_ID)

    async def read_months(self, dataset: str, **_: Any) -> list[str]:
        self._check()
        return sorted({version.date[:7] for version in self.versions})

    async def read_versions(self, dataset: str, first: str, last: str, **_: Any) -> list[Any]:
        self._check()
        return [version for version in self.versions if first <= version.date <= last]

    async def read_all_versions(self, dataset: str, **_: Any) -> list[Any]:
        self._check()
        return self.versions

    def _check(self) -> None:
        if self.fails:
            raise RuntimeError("arn:aws:dynamodb:eu-west-1:000000000000:table/secret is on fire")


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> FakeTable:
    fake = FakeTable()

    @asynccontextmanager
    async def opened(*_: Any) -> AsyncIterator[FakeTable]:
        yield fake

    monkeypatch.setattr(Table, "open", opened)
    return fake


@pytest.fixture
def function(table: FakeTable, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    sys.modules.pop("query.handler", None)
    handler = importlib.import_module("query.handler")
    yield handler
    handler.runner.run(handler.connections.aclose())
    handler.runner.close()
    sys.modules.pop("query.handler", None)


def from_function(function: ModuleType, method: str, path: str, query: str) -> Reply:
    event = support.event("http-api-get.json")
    event["rawPath"], event["rawQueryString"] = path, query
    event["requestContext"]["http"] |= {"method": method, "path": path}
    result = function.lambda_handler(event, CONTEXT)
    headers = result["headers"]
    return Reply(
        result["statusCode"],
        headers.get("Content-Type"),
        headers.get("Allow"),
        result["body"].encode(),
    )


def from_container(method: str, path: str, query: str) -> Reply:
    async def request() -> Reply:
        app = create_app(Config.from_env(ENVIRON))
        async with TestClient(TestServer(app)) as client:
            url = client.make_url("/").join(_encoded(path, query))
            async with client.session.request(method, url) as response:
                return Reply(
                    response.status,
                    response.headers.get("Content-Type"),
                    response.headers.get("Allow"),
                    await response.read(),
                )

    return asyncio.run(request())


def _encoded(path: str, query: str) -> URL:
    return URL(f"{path}?{query}" if query else path, encoded=True)


@pytest.mark.parametrize(("method", "path", "query"), REQUESTS)
def test_function_and_container_respond_with_the_same_bytes(
    function: ModuleType, method: str, path: str, query: str
) -> None:
    assert from_function(function, method, path, query) == from_container(method, path, query)


@pytest.mark.parametrize(("path", "suggestion"), [("/nowhere", ""), ("/temp/", "/temp")])
def test_the_404_of_an_unknown_path_lists_the_paths_of_each_server(
    function: ModuleType, path: str, suggestion: str
) -> None:
    from_lambda, from_ecs = (
        json.loads(send("GET", path, "month=12&year=2022").body)
        for send in (partial(from_function, function), from_container)
    )
    assert from_lambda["status"] == from_ecs["status"] == 404
    assert f"did you mean '{suggestion}" in from_lambda["detail"]
    # The container also serves the page, the OpenAPI document and the health checks.
    assert (
        from_ecs["detail"] == from_lambda["detail"] + ", /, /docs, /openapi.json, /health, /ready"
    )


def test_the_function_returns_a_figure(function: ModuleType) -> None:
    reply = from_function(function, "GET", "/temp", "month=12&year=2022")

    assert reply.status == 200
    assert b'"value": 15.374606476138302' in reply.body


def test_a_failure_of_the_table_is_503_without_its_cause(
    function: ModuleType, table: FakeTable
) -> None:
    table.fails = True

    request = ("GET", "/temp", "month=12&year=2022")
    from_lambda, from_ecs = from_function(function, *request), from_container(*request)

    assert from_lambda == from_ecs
    assert from_lambda.status == 503
    assert b"secret" not in from_lambda.body


def test_a_bad_parameter_is_400_while_the_table_fails(
    function: ModuleType, table: FakeTable
) -> None:
    table.fails = True

    request = ("GET", "/temp", "month=13&year=2022")
    from_lambda, from_ecs = from_function(function, *request), from_container(*request)

    assert from_lambda == from_ecs
    assert from_lambda.status == 400
    assert b"available" not in from_lambda.body


def test_the_function_recovers_when_the_table_does(function: ModuleType, table: FakeTable) -> None:
    table.fails = True
    assert from_function(function, "GET", "/months", "").status == 503

    table.fails = False
    assert from_function(function, "GET", "/months", "").status == 200


def test_head_has_no_body(function: ModuleType) -> None:
    reply = from_function(function, "HEAD", "/temp", "month=12&year=2022")

    assert (reply.status, reply.body) == (200, b"")


def every_day(count: int) -> list[Version]:
    first = date(1950, 1, 1)
    return [
        Version((first + timedelta(days=n)).isoformat(), UPLOAD_ID, "15.5", "0.4", n + 2, "ñ.csv")
        for n in range(count)
    ]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_response_too_long_for_lambda_is_400_naming_the_parameters_that_shorten_it(
    function: ModuleType, table: FakeTable, method: str
) -> None:
    table.versions = every_day(25_000)

    reply = from_function(function, method, "/readings", "")

    assert (reply.status, reply.content_type) == (400, "application/problem+json; charset=utf-8")
    if method == "GET":
        problem = json.loads(reply.body)
        assert (problem["title"], problem["parameter"]) == ("answer too long", "from")
        assert problem["detail"].endswith("ask for less by from and to")
    assert from_function(function, method, "/readings", "from=2000-01&to=2010-12").status == 200


def test_the_container_has_no_limit_of_length(table: FakeTable) -> None:
    table.versions = every_day(25_000)
    reply = from_container("GET", "/readings", "")
    assert reply.status == 200
    assert len(json.loads(reply.body)["readings"]) == 25_000


def test_the_limit_of_length_counts_bytes_of_the_result(
    function: ModuleType, table: FakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.versions = every_day(3_000)
    event = support.event("http-api-get.json")
    event["rawPath"], event["rawQueryString"] = "/readings", ""
    sent = len(json.dumps(function.lambda_handler(event, CONTEXT)))

    monkeypatch.setattr(gateway, "MAX_RESULT_BYTES", sent)
    assert function.lambda_handler(event, CONTEXT)["statusCode"] == 200
    monkeypatch.setattr(gateway, "MAX_RESULT_BYTES", sent - 1)
    assert function.lambda_handler(event, CONTEXT)["statusCode"] == 400
