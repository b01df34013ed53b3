"""What HTTP adds: validators, compression, methods, other origins, safety."""

import asyncio
import gzip
import json

import pytest
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from adapters.table import Table
from api.app import create_app
from query.routes import ROUTES
from tests import serving, support

DECEMBER = "/temp?month=12&year=2022"
POLICY = "Content-Security-Policy"


@pytest.fixture
def loaded(cloud):
    serving.load(cloud.endpoint, cloud.name, [("a.csv", support.SAMPLE.read_bytes())])
    return cloud


@pytest.fixture
def ask(cloud):
    """Ask with any method and headers: status, headers, bytes as they came over the wire."""

    def asked(path, method="GET", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def run():
            app = create_app(cloud.config)
            async with (
                TestClient(TestServer(app), auto_decompress=False) as client,
                client.request(
                    method, path, headers=named, skip_auto_headers=["Accept-Encoding"]
                ) as answer,
            ):
                return answer.status, answer.headers, await answer.read()

        return asyncio.run(run())

    return asked


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("path", [DECEMBER, "/readings", "/readings?format=csv", "/uploads"])
def test_what_has_not_changed_is_304(ask, path):
    status, headers, body = ask(path)
    tag = headers["ETag"]
    assert status == 200
    assert tag.startswith('"')
    assert body
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again, without, nothing = ask(path, If_None_Match=given)
        assert (again, nothing) == (304, b"")
        assert without["ETag"] == tag
        assert without["Cache-Control"] == "no-cache"
    assert ask(path, If_None_Match='"other"')[0] == 200


def test_the_tag_follows_from_the_content_alone(ask, cloud):
    files = [("a.csv", support.SAMPLE.read_bytes())]
    serving.load(cloud.endpoint, cloud.name, files)
    before = ask(DECEMBER)[1]["ETag"]
    # An upload that changes another month leaves this answer what it was.
    more = [*files, ("b.csv", support.csv("2023/6/1,22,0.1"))]
    serving.load(cloud.endpoint, cloud.name, more)
    assert ask(DECEMBER)[1]["ETag"] == before
    serving.load(cloud.endpoint, cloud.name, [*more, ("c.csv", support.csv("2022/12/1,9,0.1"))])
    assert ask(DECEMBER)[1]["ETag"] != before


@pytest.mark.usefixtures("loaded")
def test_last_modified_is_when_the_newest_upload_came(ask):
    assert ask(DECEMBER)[1]["Last-Modified"] == "Mon, 23 Nov 2026 06:00:48 GMT"


@pytest.mark.usefixtures("loaded")
def test_long_answers_are_compressed_where_that_is_understood(ask):
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


def test_answers_longer_than_are_kept_are_streamed_and_the_same(ask, cloud):
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
    assert int(headers["Content-Length"]) == len(ask(DECEMBER)[2])


@pytest.mark.parametrize("path", [*ROUTES, "/", "/docs", "/openapi.json"])
def test_other_methods_are_405_saying_which_there_are(ask, path):
    path = path.replace("{id}", "1")
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE"):
        status, headers, body = ask(path, method=method)
        assert status == 405
        assert headers["Allow"] == "GET, HEAD, OPTIONS"
        assert json.loads(body)["status"] == 405
    status, headers, body = ask(path, method="OPTIONS")
    assert (status, body) == (204, b"")
    assert headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.usefixtures("loaded")
def test_pages_of_any_origin_may_read_by_default(ask):
    for path in (DECEMBER, "/temp?month=13&year=2022"):
        headers = ask(path, Origin="https://other.example")[1]
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in headers["Access-Control-Expose-Headers"]
    asked = {"Origin": "https://other.example", "Access_Control_Request_Method": "GET"}
    headers = ask("/temp", method="OPTIONS", **asked)[1]
    assert "GET" in headers["Access-Control-Allow-Methods"]


@pytest.mark.usefixtures("loaded")
def test_the_origins_can_be_chosen(ask, monkeypatch):
    monkeypatch.setenv("CORS_ORIGINS", "https://one.example, https://two.example")
    headers = ask(DECEMBER, Origin="https://two.example")[1]
    assert headers["Access-Control-Allow-Origin"] == "https://two.example"
    assert "Origin" in headers["Vary"]
    for headers in (ask(DECEMBER, Origin="https://three.example")[1], ask(DECEMBER)[1]):
        assert "Access-Control-Allow-Origin" not in headers
        assert "Origin" in headers["Vary"]


@pytest.mark.parametrize("path", ["/", "/docs", DECEMBER, "/nothing", "/page/main.js"])
def test_every_answer_bears_what_keeps_it_safe(ask, path):
    headers = ask(path)[1]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers[POLICY]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy.replace("http-equiv", "")
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy


def test_the_pages_files_are_there_and_no_others(ask):
    assert ask("/")[1]["Content-Type"] == "text/html; charset=utf-8"
    assert ask("/page/main.js")[1]["Content-Type"] == "text/javascript; charset=utf-8"
    for path in ("/page/index.html", "/page/", "/page/../app.py", "/page/%2e%2e/app.py", "/app.py"):
        assert ask(path)[0] == 404


@pytest.mark.parametrize("path", ["/uploads/a%0Ab", "/%0A", "/temp%0D%0Ax", "/uploads/%C2%95W%0Ak"])
def test_a_line_break_in_a_path_is_not_found_and_no_failure(ask, path):
    status, headers, body = ask(URL(path, encoded=True))
    assert status == 404
    assert headers["Content-Type"].startswith("application/problem+json")
    assert json.loads(body)["title"] == "not found"


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/health/", "/health"),
        ("/ready/", "/ready"),
        ("/docs/", "/docs"),
        ("/docs//", "/docs"),
        ("/temp/", "/temp"),
        ("/uploads/", "/uploads"),
        ("/uploads/x/", "/uploads/x"),
        ("/openapi.json/", "/openapi.json"),
        ("/openapi", "/openapi.json"),
        ("/helth", "/health"),
        ("/reedy", "/ready"),
        ("/dcos", "/docs"),
        ("/seris", "/series"),
    ],
)
def test_a_path_that_is_none_is_told_the_nearest_that_is_one(ask, path, meant):
    status, _, body = ask(path)
    assert status == 404
    assert f"did you mean {meant!r}?" in json.loads(body)["detail"]


@pytest.fixture
def talk(cloud):
    """Run a conversation over one connection; the API closes it or the test does."""

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
def test_what_no_route_is_for_is_the_askers_mistake_and_leaves_no_traceback(talk, caplog, line):
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
def test_whatever_is_sent_is_never_the_servers_failure(talk, content):
    async def converse(reader, writer):
        writer.write(content)
        return await reader.readuntil(b"\r\n")

    assert talk(converse).startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))


@pytest.mark.parametrize("spelt", ["a%C3%B1o", "a%c3%b1o"])
def test_a_parameter_with_a_tilde_is_named_as_any_other(ask, spelt):
    status, _, body = ask(URL(f"/temp?{spelt}=2022&month=12", encoded=True))
    assert status == 400
    problem = json.loads(body)
    assert problem["parameter"] == "año"
    assert "did you mean 'year'?" in problem["detail"]


@pytest.mark.usefixtures("loaded")
def test_a_request_in_pieces_and_several_at_once_are_answered_in_order(talk):
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
def test_a_kept_answer_differs_from_the_first_in_nothing(talk, monkeypatch):
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
    for one in (first, again, csv, csv_again):
        one[1].pop("Date")
        assert one[1].pop("Age") == "0"
    assert first == again
    assert csv == csv_again
    assert csv[1]["Content-Type"] == "text/csv; charset=utf-8"
    assert len(queries) == 2
    assert (status, body) == ("HTTP/1.1 304 Not Modified", b"")
    assert headers["ETag"] == first[1]["ETag"]
