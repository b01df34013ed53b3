"""The Lambda function and the container respond with the same bytes."""

import asyncio
import base64
import importlib
import json
import sys
from contextlib import asynccontextmanager
from datetime import date, timedelta
from functools import partial

import pytest
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from adapters.config import Config
from adapters.dynamodb import check_number
from adapters.table import Table
from api.app import PUBLIC_PATHS, create_app
from aquasense.readings.versions import Version
from query import gateway
from query.http import MAX_LOGGED_LENGTH
from tests import support
from tests.events import Context
from tests.support import UPLOAD_ID

ENVIRON = {"TABLE_NAME": "table", "AWS_REGION": "eu-west-1", "POWERTOOLS_SERVICE_NAME": "query"}
DECEMBER = "month=12&year=2022"
TABLEDAP = "/erddap/tabledap/marmenor_temperature"
REQUESTS = [
    ("GET", "/temp", DECEMBER),
    ("GET", "/sd", DECEMBER),
    ("GET", "/maxdiff", DECEMBER),
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
    ("POST", "/temp", DECEMBER),
    ("DELETE", "/months", ""),
    # ERDDAP: queries that are no pairs, encoded in parts or as a whole, and binary bodies.
    ("GET", "/erddap/version", ""),
    ("GET", "/erddap/info/index.csv", "itemsPerPage%3D1000000"),
    ("GET", "/erddap/info/marmenor_temperature/index.json", ""),
    ("GET", f"{TABLEDAP}.csvp", "time%2Cmean%26time%3E%3D2022-12-01T00%3A00%3A00%2B00%3A00"),
    ("GET", f"{TABLEDAP}.csv", 'time,mean&time>=2022-12-01T00:00:00+01:00&file=~".*c[s]v"'),
    ("GET", f"{TABLEDAP}.ncCF", "mean&time>=max(time)-7days"),
    ("GET", f"{TABLEDAP}_monthly.nc", ""),
    ("GET", f"{TABLEDAP}.csv", "time,mean&time>now-7days"),
    ("GET", f"{TABLEDAP}.csv", "%C3%B1&%FF=;"),
    ("GET", f"{TABLEDAP}.png", "time"),
    ("GET", "/erddap/", ""),
    ("GET", "/erddap/a/b/{path}", ""),
    ("POST", f"{TABLEDAP}.csv", ""),
    ("OPTIONS", f"{TABLEDAP}.csv", ""),
]


class FakeTable:
    """The rows of the sample file as one upload; every read fails if `fails`."""

    def __init__(self):
        self.fails = False
        self.limit = None
        self.versions = support.versions_of(support.SAMPLE.read_bytes(), UPLOAD_ID)

    async def read_versions(self, _dataset, first, last, **_):
        if self.fails:
            raise RuntimeError("arn:aws:dynamodb:eu-west-1:000000000000:table/secret is on fire")
        versions = [version for version in self.versions if first <= version.date <= last]
        check_number(len(versions), self.limit)
        return versions

    async def read_all_versions(self, dataset, **_):
        return await self.read_versions(dataset, "", "~")

    async def read_months(self, dataset, **_):
        return sorted({version.date[:7] for version in await self.read_all_versions(dataset)})


@pytest.fixture
def table(monkeypatch):
    fake = FakeTable()

    @asynccontextmanager
    async def opened(*_):
        yield fake

    monkeypatch.setattr(Table, "open", opened)
    return fake


@pytest.fixture
def handler(table, monkeypatch):
    """The function's module, imported for that table."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    sys.modules.pop("query.handler", None)
    handler = importlib.import_module("query.handler")
    yield handler
    handler.runner.run(handler.connections.aclose())
    handler.runner.close()
    sys.modules.pop("query.handler", None)


@pytest.fixture
def invoke(handler):
    """Return a function that invokes the function with a request and returns its result."""

    def run(method, path, query):
        event = support.event("http-api-get.json")
        event["rawPath"], event["rawQueryString"] = path, query
        event["requestContext"]["http"] |= {"method": method, "path": path}
        return handler.lambda_handler(event, Context())

    return run


@pytest.fixture
def from_function(invoke):
    """Return a function that gives status, headers and body of the function's response."""

    def get(*request):
        result = invoke(*request)
        body = result["body"].encode()
        if result.get("isBase64Encoded"):
            body = base64.b64decode(body)
        return result["statusCode"], compared(result["headers"]), body

    return get


def from_container(method, path, query):
    async def request():
        app = create_app(Config.from_env(ENVIRON))
        url = URL(f"{path}?{query}" if query else path, encoded=True)
        async with TestClient(TestServer(app)) as client, client.request(method, url) as response:
            return response.status, compared(response.headers), await response.read()

    return asyncio.run(request())


def compared(headers):
    """Return the headers that function and container have in common."""
    return {name: headers.get(name) for name in ("Content-Type", "Allow")}


@pytest.fixture
def ask(from_function):
    """Return a function that sends a request to both and returns their equal response."""

    def send(*request):
        response = from_function(*request)
        assert response == from_container(*request)
        return response

    return send


@pytest.mark.parametrize(("method", "path", "query"), REQUESTS)
def test_function_and_container_respond_with_the_same_bytes(ask, method, path, query):
    ask(method, path, query)


@pytest.mark.parametrize("path", ["/series", "/changes", "/readings", "/months", "/datasets"])
@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_request_that_needs_too_many_items_is_refused_in_words(ask, table, path, form):
    table.limit = 19
    query = f"format={form}" + ("&since=2020-01-01T00:00:00Z" if path == "/changes" else "")
    status, headers, body = ask("GET", path, query)
    assert (status, headers["Content-Type"]) == (400, "application/problem+json; charset=utf-8")
    assert "more than 19 stored versions" in json.loads(body)["detail"]
    # One month is within the limit, also as the details of another error.
    assert ask("GET", "/temp", DECEMBER)[0] == 200
    assert ask("GET", "/temp", "month=13&year=2022")[0] == 400


def test_a_long_path_is_truncated_in_the_log(handler, invoke, monkeypatch):
    fields = []
    monkeypatch.setattr(handler.logger, "info", lambda _, extra: fields.append(extra))
    invoke("GET", "/" + "x" * 5000, "y" * 5000)
    [extra] = fields
    assert extra["path"] == "/" + "x" * (MAX_LOGGED_LENGTH - 1) + "…"


@pytest.mark.parametrize(("path", "suggestion"), [("/nowhere", ""), ("/temp/", "/temp")])
def test_the_404_of_an_unknown_path_lists_the_paths_of_each_server(from_function, path, suggestion):
    from_lambda, from_ecs = (
        json.loads(send("GET", path, DECEMBER)[2]) for send in (from_function, from_container)
    )
    assert from_lambda["status"] == from_ecs["status"] == 404
    assert f"did you mean '{suggestion}" in from_lambda["detail"]
    # The container also serves the page, the OpenAPI document and the health checks.
    assert from_ecs["detail"] == f"{from_lambda['detail']}, {', '.join(PUBLIC_PATHS)}"
    assert PUBLIC_PATHS[-2:] == ("/health", "/ready")


def test_a_failure_of_the_table_is_503_without_its_cause_until_it_recovers(ask, table):
    table.fails = True
    status, _, body = ask("GET", "/temp", DECEMBER)
    assert status == 503
    assert b"secret" not in body
    # A bad parameter is an error of the client even then.
    status, _, body = ask("GET", "/temp", "month=13&year=2022")
    assert status == 400
    assert b"available" not in body
    table.fails = False
    status, _, body = ask("GET", "/temp", DECEMBER)
    assert status == 200
    assert b'"value": 15.374606476138302' in body


def test_head_has_no_body(from_function):
    status, _, body = from_function("HEAD", "/temp", DECEMBER)
    assert (status, body) == (200, b"")


def every_day(count):
    first = date(1950, 1, 1)
    return [
        Version((first + timedelta(days=n)).isoformat(), UPLOAD_ID, "15.5", "0.4", n + 2, "ñ.csv")
        for n in range(count)
    ]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_response_too_long_for_lambda_is_400_naming_the_parameters_that_shorten_it(
    from_function, table, method
):
    table.versions = every_day(25_000)
    status, headers, body = from_function(method, "/readings", "")
    assert (status, headers["Content-Type"]) == (400, "application/problem+json; charset=utf-8")
    if method == "GET":
        problem = json.loads(body)
        assert (problem["title"], problem["parameter"]) == ("answer too long", "from")
        assert problem["detail"].endswith("ask for less by from and to")
    assert from_function(method, "/readings", "from=2000-01&to=2010-12")[0] == 200


def test_a_file_too_long_for_lambda_is_refused_in_erddaps_form(
    from_function, invoke, table, monkeypatch
):
    table.versions = every_day(3_000)
    result = invoke("GET", f"{TABLEDAP}.nc", "")
    assert result["isBase64Encoded"] is True
    monkeypatch.setattr(gateway, "MAX_RESULT_BYTES", len(result["body"]))
    status, headers, body = from_function("GET", f"{TABLEDAP}.nc", "")
    assert (status, headers["Content-Type"]) == (400, "text/plain;charset=UTF-8")
    assert b"too much data" in body


def test_the_container_has_no_limit_of_length(table):
    table.versions = every_day(25_000)
    status, _, body = from_container("GET", "/readings", "")
    assert status == 200
    assert len(json.loads(body)["readings"]) == 25_000


def test_the_limit_of_length_counts_bytes_of_the_result(invoke, table, monkeypatch):
    table.versions = every_day(3_000)
    request = partial(invoke, "GET", "/readings", "")
    sent = len(json.dumps(request()))
    for limit, status in ((sent, 200), (sent - 1, 400)):
        monkeypatch.setattr(gateway, "MAX_RESULT_BYTES", limit)
        assert request()["statusCode"] == status
