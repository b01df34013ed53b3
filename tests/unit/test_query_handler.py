"""The container and the function answer the same bytes: one service, two ways in."""

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
# An upload's place in the order, as its rows bear it.
ORDER = "20261123T061648.650Z-0000-1a2b3c4d5e6f"
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
    # No readings, and what there is instead.
    ("GET", "/temp", "month=1&year=1999"),
    # Mistakes, in values and in how they are written.
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
    """What somebody who asks can see of an answer."""

    status: int
    content_type: str | None
    allow: str | None
    body: bytes


class FakeTable:
    """The sample file, as one upload brought it; or nothing but failure."""

    def __init__(self) -> None:
        self.fails = False
        self.kept = support.versions_of(support.SAMPLE.read_bytes(), ORDER)

    async def read_months(self, dataset: str, **_: Any) -> list[str]:
        self._may_fail()
        return sorted({version.date[:7] for version in self.kept})

    async def read_versions(self, dataset: str, first: str, last: str, **_: Any) -> list[Any]:
        self._may_fail()
        return [version for version in self.kept if first <= version.date <= last]

    async def read_all_versions(self, dataset: str, **_: Any) -> list[Any]:
        self._may_fail()
        return self.kept

    def _may_fail(self) -> None:
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
    answer = function.lambda_handler(event, CONTEXT)
    headers = answer["headers"]
    return Reply(
        answer["statusCode"],
        headers.get("Content-Type"),
        headers.get("Allow"),
        answer["body"].encode(),
    )


def from_container(method: str, path: str, query: str) -> Reply:
    async def ask() -> Reply:
        app = create_app(Config.from_env(ENVIRON))
        async with TestClient(TestServer(app)) as client:
            url = client.make_url("/").join(_encoded(path, query))
            async with client.session.request(method, url) as answer:
                return Reply(
                    answer.status,
                    answer.headers.get("Content-Type"),
                    answer.headers.get("Allow"),
                    await answer.read(),
                )

    return asyncio.run(ask())


def _encoded(path: str, query: str) -> URL:
    return URL(f"{path}?{query}" if query else path, encoded=True)


@pytest.mark.parametrize(("method", "path", "query"), REQUESTS)
def test_the_two_front_ends_answer_the_same_bytes(
    function: ModuleType, method: str, path: str, query: str
) -> None:
    assert from_function(function, method, path, query) == from_container(method, path, query)


@pytest.mark.parametrize(("path", "meant"), [("/nowhere", ""), ("/temp/", "/temp")])
def test_a_path_that_is_none_is_told_what_there_is_behind_each(
    function: ModuleType, path: str, meant: str
) -> None:
    mine, theirs = (
        json.loads(ask("GET", path, "month=12&year=2022").body)
        for ask in (partial(from_function, function), from_container)
    )
    assert mine["status"] == theirs["status"] == 404
    assert f"did you mean '{meant}" in mine["detail"]
    # The container has all of the function's, and the page and its like as well.
    assert theirs["detail"] == mine["detail"] + ", /, /docs, /openapi.json, /health, /ready"


def test_they_agree_on_an_answer_that_is_right(function: ModuleType) -> None:
    reply = from_function(function, "GET", "/temp", "month=12&year=2022")

    assert reply.status == 200
    assert b'"value": 15.374606476138302' in reply.body


def test_they_agree_while_the_table_fails_and_say_nothing_about_it(
    function: ModuleType, table: FakeTable
) -> None:
    table.fails = True

    asked = ("GET", "/temp", "month=12&year=2022")
    mine, theirs = from_function(function, *asked), from_container(*asked)

    assert mine == theirs
    assert mine.status == 503
    assert b"secret" not in mine.body


def test_a_mistake_stays_one_while_the_table_fails(function: ModuleType, table: FakeTable) -> None:
    table.fails = True

    asked = ("GET", "/temp", "month=13&year=2022")
    mine, theirs = from_function(function, *asked), from_container(*asked)

    assert mine == theirs
    assert mine.status == 400
    assert b"available" not in mine.body


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
        Version((first + timedelta(days=n)).isoformat(), ORDER, "15.5", "0.4", n + 2, "ñ.csv")
        for n in range(count)
    ]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_lambda_cannot_hand_over_is_refused_with_how_to_ask_for_less(
    function: ModuleType, table: FakeTable, method: str
) -> None:
    table.kept = every_day(25_000)

    reply = from_function(function, method, "/readings", "")

    assert (reply.status, reply.content_type) == (400, "application/problem+json; charset=utf-8")
    if method == "GET":
        said = json.loads(reply.body)
        assert (said["title"], said["parameter"]) == ("answer too long", "from")
        assert said["detail"].endswith("ask for less by from and to")
    assert from_function(function, method, "/readings", "from=2000-01&to=2010-12").status == 200


def test_the_container_hands_over_what_lambda_cannot(table: FakeTable) -> None:
    table.kept = every_day(25_000)
    reply = from_container("GET", "/readings", "")
    assert reply.status == 200
    assert len(json.loads(reply.body)["readings"]) == 25_000


def test_an_answer_is_refused_from_the_first_byte_that_is_too_much(
    function: ModuleType, table: FakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.kept = every_day(3_000)
    event = support.event("http-api-get.json")
    event["rawPath"], event["rawQueryString"] = "/readings", ""
    sent = len(json.dumps(function.lambda_handler(event, CONTEXT)))

    monkeypatch.setattr(gateway, "MAX_RESULT_BYTES", sent)
    assert function.lambda_handler(event, CONTEXT)["statusCode"] == 200
    monkeypatch.setattr(gateway, "MAX_RESULT_BYTES", sent - 1)
    assert function.lambda_handler(event, CONTEXT)["statusCode"] == 400
