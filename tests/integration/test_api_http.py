"""HTTP: validators, compression, methods, CORS, security headers, malformed requests."""

import asyncio
import gzip
import json

import pytest
from aiohttp.test_utils import TestServer
from yarl import URL

from adapters.table import Table
from api.app import create_app
from query.routes import ROUTES
from tests import serving, support

DECEMBER = "/temp?month=12&year=2022"
POLICY = "Content-Security-Policy"
PROBLEM = "application/problem+json; charset=utf-8"


@pytest.fixture
def loaded(cloud):
    serving.load(cloud.endpoint, cloud.name, [("a.csv", support.SAMPLE.read_bytes())])
    return cloud


@pytest.fixture
def ask(cloud):
    """Return a function that sends a request and returns status, headers and undecoded bytes."""

    def send(path, method="GET", **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        return cloud.request(path, method, headers=fields)

    return send


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("path", [DECEMBER, "/readings", "/readings?format=csv", "/uploads"])
def test_an_unchanged_response_is_304(ask, path):
    status, headers, body = ask(path)
    tag = headers["ETag"]
    assert status == 200
    assert tag.startswith('"')
    assert body
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        status, headers, body = ask(path, If_None_Match=condition)
        assert (status, body) == (304, b"")
        assert headers["ETag"] == tag
        assert headers["Cache-Control"] == "no-cache"
    assert ask(path, If_None_Match='"other"')[0] == 200


def test_the_etag_depends_on_the_content_only(ask, cloud):
    files = [("a.csv", support.SAMPLE.read_bytes())]
    serving.load(cloud.endpoint, cloud.name, files)
    before = ask(DECEMBER)[1]["ETag"]
    # An upload that changes another month.
    more = [*files, ("b.csv", support.csv("2023/6/1,22,0.1"))]
    serving.load(cloud.endpoint, cloud.name, more)
    assert ask(DECEMBER)[1]["ETag"] == before
    serving.load(cloud.endpoint, cloud.name, [*more, ("c.csv", support.csv("2022/12/1,9,0.1"))])
    assert ask(DECEMBER)[1]["ETag"] != before


@pytest.mark.usefixtures("loaded")
def test_long_responses_are_compressed_if_the_client_accepts_gzip(ask):
    _, plain, whole = ask("/readings")
    _, zipped, squeezed = ask("/readings", Accept_Encoding="br, gzip")
    assert "Content-Encoding" not in plain
    assert zipped["Content-Encoding"] == "gzip"
    assert gzip.decompress(squeezed) == whole
    assert zipped["ETag"] != plain["ETag"]
    for tag in (zipped["ETag"], plain["ETag"]):
        assert ask("/readings", Accept_Encoding="gzip", If_None_Match=tag)[0] == 304
    assert "Accept-Encoding" in plain["Vary"]
    for refused in ("gzip;q=0", "identity", ""):
        assert "Content-Encoding" not in ask("/readings", Accept_Encoding=refused)[1]
    assert "Content-Encoding" not in ask(DECEMBER, Accept_Encoding="gzip")[1]


def test_long_responses_are_streamed(ask, cloud):
    rows = [f"{1990 + n // 336}/{n // 28 % 12 + 1}/{n % 28 + 1},15.5,0.25" for n in range(3000)]
    serving.load(cloud.endpoint, cloud.name, [("long.csv", support.csv(*rows))])
    status, headers, body = ask("/readings")
    assert status == 200
    assert headers["Transfer-Encoding"] == "chunked"
    assert len(json.loads(body)["readings"]) == 3000
    _, zipped, squeezed = ask("/readings", Accept_Encoding="gzip")
    assert gzip.decompress(squeezed) == body
    assert ask("/readings", If_None_Match=headers["ETag"])[0] == 304
    assert ask("/readings?format=csv")[2].count(b"\r\n") == 3001
    assert ask("/readings", method="HEAD")[2] == b""


@pytest.mark.usefixtures("loaded")
def test_head_is_get_without_the_body(ask):
    status, headers, body = ask(DECEMBER, method="HEAD")
    assert (status, body) == (200, b"")
    assert headers["ETag"] == ask(DECEMBER)[1]["ETag"]
    # The time of the newest upload.
    assert headers["Last-Modified"] == "Mon, 23 Nov 2026 06:00:48 GMT"
    assert int(headers["Content-Length"]) == len(ask(DECEMBER)[2])


@pytest.mark.parametrize("path", [*ROUTES, "/", "/docs", "/openapi.json"])
def test_other_methods_are_405_with_the_allowed_methods(ask, path):
    path = path.replace("{id}", "1")
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE"):
        status, headers, body = ask(path, method=method)
        assert (status, headers["Content-Type"]) == (405, PROBLEM)
        assert headers["Allow"] == "GET, HEAD, OPTIONS"
        assert json.loads(body)["status"] == 405
    status, headers, body = ask(path, method="OPTIONS")
    assert (status, body) == (204, b"")
    assert headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.usefixtures("loaded")
def test_every_origin_is_allowed_by_default(ask):
    for path in (DECEMBER, "/temp?month=13&year=2022"):
        headers = ask(path, Origin="https://other.example")[1]
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in headers["Access-Control-Expose-Headers"]
    preflight = {"Origin": "https://other.example", "Access_Control_Request_Method": "GET"}
    headers = ask("/temp", method="OPTIONS", **preflight)[1]
    assert "GET" in headers["Access-Control-Allow-Methods"]


@pytest.mark.usefixtures("loaded")
def test_allowed_origins_are_configurable(ask, monkeypatch):
    monkeypatch.setenv("CORS_ORIGINS", "https://one.example, https://two.example")
    headers = ask(DECEMBER, Origin="https://two.example")[1]
    assert headers["Access-Control-Allow-Origin"] == "https://two.example"
    assert "Origin" in headers["Vary"]
    for headers in (ask(DECEMBER, Origin="https://three.example")[1], ask(DECEMBER)[1]):
        assert "Access-Control-Allow-Origin" not in headers
        assert "Origin" in headers["Vary"]


@pytest.mark.parametrize("path", ["/", "/docs", DECEMBER, "/nothing", "/page/main.js"])
def test_every_response_has_security_headers(ask, path):
    headers = ask(path)[1]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers[POLICY]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy.replace("http-equiv", "")
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy


def test_only_the_pages_files_are_served(ask):
    assert ask("/")[1]["Content-Type"] == "text/html; charset=utf-8"
    assert ask("/page/main.js")[1]["Content-Type"] == "text/javascript; charset=utf-8"
    for path in ("/page/index.html", "/page/", "/page/../app.py", "/page/%2e%2e/app.py", "/app.py"):
        assert ask(path)[0] == 404


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/temp/", "/temp/12", "/%00", "/uploads/a%0Ab", "/%0A", "/temp%0D%0Ax",
     "/uploads/%C2%95W%0Ak"],
)  # fmt: skip
def test_another_path_is_404_with_the_known_paths(ask, path):
    status, headers, body = ask(URL(path, encoded=True))
    assert (status, headers["Content-Type"]) == (404, PROBLEM)
    problem = json.loads(body)
    assert problem["title"] == "not found"
    assert "/uploads" in problem["detail"]


@pytest.mark.parametrize("path", ["/erddap/info/%0A/index.csv", "/erddap/%0A", "/erddap/a%0D%0Ab"])
def test_errors_below_erddap_have_its_form_for_any_path(ask, path):
    status, headers, body = ask(URL(path, encoded=True))
    assert (status, headers["Content-Type"]) == (404, "text/plain;charset=UTF-8")
    assert body.startswith(b"Error {")


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        *((f"{path}/", path) for path in ("/health", "/ready", "/docs", "/docs/", "/temp")),
        *((f"{path}/", path) for path in ("/uploads", "/uploads/x", "/openapi.json")),
        ("/openapi", "/openapi.json"),
        ("/helth", "/health"),
        ("/reedy", "/ready"),
        ("/dcos", "/docs"),
        ("/seris", "/series"),
    ],
)
def test_the_nearest_path_is_suggested_for_an_unknown_path(ask, path, suggestion):
    status, _, body = ask(path)
    assert status == 404
    assert f"did you mean {suggestion.rstrip('/')!r}?" in json.loads(body)["detail"]


@pytest.fixture
def talk(cloud):
    """Return a function that runs a coroutine function on a raw connection to the API."""

    def run(converse):
        async def conversation():
            async with TestServer(create_app(cloud.config)) as server:
                reader, writer = await asyncio.open_connection(server.host, server.port)
                async with asyncio.timeout(20):
                    try:
                        return await converse(reader, writer)
                    finally:
                        writer.close()

        return asyncio.run(conversation())

    return run


def request(*fields, target=DECEMBER, method="GET"):
    lines = "".join(f"{field}\r\n" for field in fields)
    return f"{method} {target} HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode("latin-1")


async def response_from(reader):
    """Status line, headers, body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status, *fields = head.strip().split("\r\n")
    headers = dict(field.split(": ", 1) for field in fields)
    return status, headers, await reader.readexactly(int(headers.get("Content-Length", 0)))


@pytest.mark.parametrize("line", ["OPTIONS * HTTP/1.1", "CONNECT example.org:443 HTTP/1.1"])
def test_a_request_target_without_a_route_is_404_without_a_traceback(talk, caplog, line):
    async def converse(reader, writer):
        writer.write(f"{line}\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        return await reader.read()

    head, _, body = talk(converse).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert b"Content-Type: application/problem+json" in head
    assert json.loads(body)["title"] == "not found"
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(
    "content",
    [
        b"<script>\x00\r\n\r\n",
        b"<x> / HTTP/1.1\r\n\r\n",
        b"GET /\x01 HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"GET /a\xf1o HTTP/1.1\r\n\r\n",
        request().replace(b"GET", b"get"),
        request().replace(b"GET ", b"GET  "),
        request("no colon"),
        request("Name : x"),
        request("A: b\rc"),
        request("A: b\0"),
        request(target="/a b"),
        request(target="/temp?month=" + "9" * 9000),
        request(f"A: {9000 * 'a'}"),
        request(target="http://a/temp"),
        request(target="/" + 3000 * "a"),
        request("Content-Length: x"),
        request("Content-Length: 1", "Transfer-Encoding: chunked"),
        request("Expect: nothing"),
        request("Accept: \xff"),
    ],
)
def test_a_malformed_request_is_a_client_error(talk, content):
    async def converse(reader, writer):
        writer.write(content)
        return await reader.readuntil(b"\r\n")

    assert talk(converse).startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))


@pytest.mark.parametrize(
    ("size", "expected"), [(8190, b"200"), (8191, b"431"), (70_000, b"431"), (131_073, b"400")]
)
def test_a_long_header_is_refused_as_such(cloud, size, expected):
    """A parser that gives up at 128 kB answers by itself; aiohttp has no hook for that."""

    async def converse(address):
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(b"GET /health HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * size + b"\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        return head

    with serving.api(cloud.endpoint, cloud.name) as address:
        head = asyncio.run(converse(URL(address)))
    assert head.split()[1] == expected
    assert (PROBLEM.encode() in head) == (expected == b"431")


@pytest.mark.parametrize("encoded_name", ["a%C3%B1o", "a%c3%b1o"])
def test_an_encoded_parameter_name_is_decoded_in_the_message(ask, encoded_name):
    status, _, body = ask(URL(f"/temp?{encoded_name}=2022&month=12", encoded=True))
    assert status == 400
    problem = json.loads(body)
    assert problem["parameter"] == "año"
    assert "did you mean 'year'?" in problem["detail"]


@pytest.mark.usefixtures("loaded")
def test_split_and_pipelined_requests_get_responses_in_order(talk):
    async def converse(reader, writer):
        whole = request()
        writer.write(whole[:30])
        await asyncio.sleep(0.02)
        writer.write(whole[30:])
        first = await response_from(reader)
        writer.write(request() + request(target="/months") + request())
        return [first, *[await response_from(reader) for _ in range(3)]]

    responses = talk(converse)
    assert [b'"metric"' in body for _, _, body in responses] == [True, True, False, True]


@pytest.mark.usefixtures("loaded")
def test_a_cached_response_equals_the_first(talk, monkeypatch):
    queries = []
    versions = Table.read_versions

    async def counted(self, *arguments, **more):
        queries.append(arguments)
        return await versions(self, *arguments, **more)

    monkeypatch.setattr(Table, "read_versions", counted)

    async def converse(reader, writer):
        responses = []
        for fields in ((), (), ("Accept: text/csv",), ("Accept: text/csv",)):
            writer.write(request(*fields))
            responses.append(await response_from(reader))
        writer.write(request(f"If-None-Match: {responses[0][1]['ETag']}"))
        return responses, await response_from(reader)

    (first, again, csv, csv_again), (status, headers, body) = talk(converse)
    for _, fields, _ in (first, again, csv, csv_again):
        fields.pop("Date")
        assert fields.pop("Age") == "0"
    assert first == again
    assert csv == csv_again
    assert csv[1]["Content-Type"] == "text/csv; charset=utf-8"
    assert len(queries) == 2
    assert (status, body) == ("HTTP/1.1 304 Not Modified", b"")
    assert headers["ETag"] == first[1]["ETag"]
