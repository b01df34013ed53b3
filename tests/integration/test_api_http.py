"""What HTTP adds: validators, compression, methods, other origins, safety."""

import asyncio
import gzip
import json

import pytest
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

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
            app = create_app(cloud.settings)
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


def test_what_is_too_long_or_no_http_is_a_problem_too(ask, cloud):
    status, headers, body = ask("/temp?month=" + "9" * 9000)
    assert (status, headers["Content-Type"]) == (414, "application/problem+json; charset=utf-8")
    assert b"999" not in body

    async def raw():
        async with TestServer(create_app(cloud.settings)) as server:
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(b"<script>\x00\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return answer

    answer = asyncio.run(raw())
    assert answer.split(b"\r\n")[0].endswith(b"400 Bad Request")
    assert b"application/problem+json" in answer
    assert b"script" not in answer


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


@pytest.mark.parametrize("line", ["OPTIONS * HTTP/1.1", "CONNECT example.org:443 HTTP/1.1"])
def test_what_no_route_is_for_is_the_askers_mistake_and_leaves_no_traceback(cloud, caplog, line):
    async def raw():
        async with TestServer(create_app(cloud.settings)) as server:
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(f"{line}\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            answer = await reader.read()
            writer.close()
            return answer

    head, _, body = asyncio.run(raw()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert b"Content-Type: application/problem+json" in head
    assert json.loads(body)["title"] == "not found"
    assert not [record for record in caplog.records if record.exc_info]
