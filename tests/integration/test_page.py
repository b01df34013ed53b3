"""The page: the same bytes from the container and the function, and its caching."""

import asyncio
import re

import pytest
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from adapters.table import Table
from api.app import create_app
from query import gateway, page_registry
from query.headers import allowed_origins
from query.http import Request
from query.page import LIBRARIES, Page
from query.service import Service
from tests import support

VERSION = re.compile(rb'="/page/([0-9a-f]{12})/')
# They name the server or the connection.
OWN_HEADERS = {"date", "server", "content-length"}


def _lower_case(headers):
    return {name.lower(): value for name, value in headers.items()}


@pytest.fixture
def ask_both(cloud):
    """Return a function that gets a path from the container and from the function."""

    async def ask_container(path, headers):
        server = TestServer(create_app(cloud.config))
        async with (
            TestClient(server, auto_decompress=False) as client,
            client.get(path, headers=headers, skip_auto_headers=["Accept-Encoding"]) as reply,
        ):
            return reply.status, _lower_case(reply.headers), await reply.read()

    async def run(path, headers):
        container = await ask_container(path, headers)
        event = {
            "rawPath": URL(path).path,
            "rawQueryString": URL(path).raw_query_string,
            "headers": _lower_case(headers),
            "requestContext": {"http": {"method": "GET"}},
        }
        async with Table.open(cloud.config, 3.0) as table:
            request = gateway.parse_event(event)
            origins = allowed_origins()
            response = await Service(table, support.DATASETS).respond(request, origins)
            result = gateway.build_result(request, response, origins)
        headers = _lower_case(result["headers"])
        return container, (result["statusCode"], headers, result["body"].encode())

    # The page names its own address.
    return lambda path, **headers: asyncio.run(run(path, {"Host": "water.example"} | headers))


@pytest.mark.parametrize(
    "path",
    ["/", "/?dataset=marmenor.temperature&lang=es", "/docs", "/openapi.json", "/page/main.js",
     "/page/sections/months.js", "/page/registry.js", "/page/page.css", "/page/icon.svg"],
)  # fmt: skip
def test_container_and_function_send_the_same_page(ask_both, path):
    container, function = ask_both(path)
    assert container[0] == function[0] == 200
    assert container[2] == function[2]
    sent = {name: value for name, value in container[1].items() if name not in OWN_HEADERS}
    assert sent == function[1]
    tag = sent["etag"]
    assert [status for status, *_ in ask_both(path, **{"If-None-Match": tag})] == [304, 304]


def test_files_of_a_version_are_immutable_and_the_page_names_the_current_version(ask_both):
    for _, _, body in ask_both("/"):
        versions = set(VERSION.findall(body))
        assert len(versions) == 1
        assert b'="/page/main.js' not in body
    version = versions.pop().decode()
    for _, headers, _ in ask_both(f"/page/{version}/main.js"):
        assert headers["cache-control"] == "public, max-age=31536000, immutable"
    # While two versions run, a file named by the other must be found, and not be kept.
    for status, headers, _ in ask_both("/page/0123456789ab/main.js"):
        assert (status, headers["cache-control"]) == (200, "no-cache")
    for status, *_ in ask_both(f"/page/{version}/index.html"):
        assert status == 404


def test_page_preloads_its_modules_and_the_readings_of_the_dataset(ask_both):
    (_, _, body), _ = ask_both("/")
    html = body.decode()
    preloaded = re.findall(r'<link rel="modulepreload" href="/page/\w+/([\w/.]+)"', html)
    folder = support.ROOT / "functions" / "page"
    modules = (path.relative_to(folder).as_posix() for path in folder.rglob("*.js"))
    names = {name for name in modules if not name.startswith(("docs/", "libraries/"))}
    assert set(preloaded) == names | {page_registry.NAME}
    # HTTP/1.1 has six connections: two rounds of requests before the first chart.
    assert len([name for name in preloaded if "/" not in name]) + 3 <= 12
    assert page_registry.readings_url("marmenor.temperature").replace("&", "&amp;") in html


def test_page_without_libraries_is_served_and_the_log_names_them(tmp_path, caplog):
    for path in (support.ROOT / "functions" / "page").rglob("*.*"):
        if path.is_file() and path.parent.name != "libraries":
            copy = tmp_path / path.relative_to(support.ROOT / "functions" / "page")
            copy.parent.mkdir(exist_ok=True, parents=True)
            copy.write_bytes(path.read_bytes())
    page = Page(support.DATASETS, tmp_path)
    assert page.find(Request("GET", "/")).status == 200
    assert page.find(Request("GET", f"/page/{LIBRARIES[0]}")) is None
    for name in LIBRARIES:
        assert name in caplog.text
