"""The bytes of a request, answered before aiohttp sees them or not: the asker cannot tell."""

import asyncio
import contextlib
import json
import re

import pytest
from aiohttp import web

from adapters.settings import Settings
from adapters.table import Table
from api import front, logs
from api.app import CACHE, create_app
from api.cache import Cache
from api.front import Front, escaped, read
from aquasense.versions import Version

TARGET = "/temp?month=12&year=2022"
HOST = "Host: figures.example\r\n"
ORDER = "20261123T061648.650Z-0000-1a2b3c4d5e6f"


def request(*fields, target=TARGET, method="GET"):
    lines = "".join(f"{field}\r\n" for field in fields)
    return f"{method} {target} HTTP/1.1\r\n{HOST}{lines}\r\n".encode()


class Talk:
    """One connection to the API."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def ask(self, content):
        self.writer.write(content)
        return await self.answer()

    async def answer(self, *, body=True):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        status, *fields = head.strip().split("\r\n")
        headers = dict(field.split(": ", 1) for field in fields)
        length = int(headers.get("Content-Length", 0)) if body else 0
        return status, headers, await self.reader.readexactly(length)


@pytest.fixture
def talk(monkeypatch):
    """Run a conversation with the API on a table that counts; `use` gets a way to connect."""
    asked = []

    async def versions(self, dataset, first, last, *, consistent=False):
        asked.append(first)
        return [Version("2022-12-01", ORDER, f"15.{len(asked)}", "0.4", 2, "a.csv")]

    monkeypatch.setattr(Table, "versions", versions)

    def run(use, cache=None, lines=None):
        settings = Settings.from_env({"TABLE_NAME": "t", "AWS_REGION": "eu-west-1"})
        app = create_app(settings, cache or Cache())

        async def conversation():
            loop = asyncio.get_running_loop()
            runner = web.AppRunner(app)
            await runner.setup()
            server = await loop.create_server(
                lambda: Front(runner.server, app[CACHE], lines, loop=loop), "127.0.0.1", 0
            )
            port = server.sockets[0].getsockname()[1]
            opened = []

            async def connect():
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                opened.append(writer)
                return Talk(reader, writer)

            try:
                async with asyncio.timeout(20):
                    return await use(connect)
            finally:
                for writer in opened:
                    writer.close()
                server.close()
                await runner.cleanup()

        return asyncio.run(conversation()), asked

    return run


@pytest.fixture
def fast(monkeypatch):
    """How many requests were answered from the bytes."""
    answered = []
    original = Front._answered

    def counting(self, plain):
        found = original(self, plain)
        answered.append(found)
        return found

    monkeypatch.setattr(Front, "_answered", counting)
    return answered


def test_both_ways_say_the_same(talk, fast):
    async def use(connect):
        one = await connect()
        return [await one.ask(request("Accept: */*")) for _ in range(3)]

    answers, asked = talk(use)
    assert len(asked) == 1
    assert fast == [False, True, True]
    for _, headers, _ in answers:
        headers.pop("Date")
        assert headers.pop("Age") == "0"
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == "HTTP/1.1 200 OK"
    assert json.loads(answers[0][2])["value"] == 15.1


@pytest.mark.parametrize(
    ("field", "content_type"),
    [
        ("Accept: text/csv", "text/csv; charset=utf-8"),
        ("Origin: https://a.example", "application/json; charset=utf-8"),
        ('If-None-Match: "x"', "application/json; charset=utf-8"),
        ("X-Amzn-Trace-Id: Root=1-2", "application/json; charset=utf-8"),
        ("Accept-Encoding: gzip", "application/json; charset=utf-8"),
    ],
)
def test_a_header_that_matters_is_not_overlooked(talk, field, content_type):
    async def use(connect):
        one = await connect()
        plain = [await one.ask(request()) for _ in range(2)]
        return plain, [await one.ask(request(field)) for _ in range(2)]

    (plain, other), _ = talk(use)
    assert [one[0] for one in (*plain, *other)] == ["HTTP/1.1 200 OK"] * 4
    assert {one[1]["Content-Type"] for one in plain} == {"application/json; charset=utf-8"}
    assert {one[1]["Content-Type"] for one in other} == {content_type}
    assert other[0][2] == other[1][2]


def test_who_has_it_already_is_told_so_and_nothing_more(talk):
    async def use(connect):
        one = await connect()
        _, headers, _ = await one.ask(request())
        return headers["ETag"], await one.ask(request(f"If-None-Match: {headers['ETag']}"))

    (tag, (status, headers, body)), asked = talk(use)
    assert (status, body) == ("HTTP/1.1 304 Not Modified", b"")
    assert headers["ETag"] == tag
    assert len(asked) == 1


def test_too_old_is_asked_anew_and_the_etag_follows_the_content_alone(talk, fast, monkeypatch):
    async def use(connect):
        one, found = await connect(), []
        for _ in range(4):
            found.append(await one.ask(request()))
            await asyncio.sleep(0.03)
        return found

    answers, asked = talk(use, Cache(0.05))
    assert len(asked) == 2
    assert len({headers["ETag"] for _, headers, _ in answers}) == 2
    assert len({body for _, _, body in answers}) == 2


ODD = [
    b"GET /temp HTTP/1.1\r\n",
    request().replace(b"HTTP/1.1", b"HTTP/1.0"),
    request().replace(b"GET", b"get"),
    request().replace(b"GET ", b"GET  "),
    request("Content-Length: 0"),
    request("Content-Length: 5") + b"hello",
    request("Transfer-Encoding: chunked"),
    request("Connection: close"),
    request("Connection: upgrade", "Upgrade: websocket"),
    request("Expect: 100-continue"),
    request("Accept: a", "accept: b"),
    request("Accept: \xff"),
    request(" folded: x"),
    request("no colon"),
    request("Name : x"),
    request("A: b\rc"),
    request("A: b\0"),
    request(method="HEAD"),
    request() + request(),
    request() + b"GET",
    request(target="http://a/temp"),
    request(target="/a b"),
    request(target="/" + 3000 * "a"),
    request(f"A: {9000 * 'a'}"),
    request(*["A: b"] * 60),
    b"",
    b"\x16\x03\x01\x02\x00\x01",
]


@pytest.mark.parametrize("content", ODD)
def test_what_could_be_understood_in_two_ways_is_left_to_aiohttp(content):
    assert read(content) is None


@pytest.mark.parametrize("content", [request(), request("A: b", "Connection: keep-alive", "C:d")])
def test_what_is_plain_is_read(content):
    assert read(content).key.target == TARGET


@pytest.mark.parametrize("spelt", ["año".encode(), b"a%C3%B1o", b"a%c3%b1o"])
@pytest.mark.parametrize("more", [[], ["Connection: close"]])
def test_a_parameter_typed_with_a_tilde_is_named_as_any_other(talk, caplog, spelt, more):
    async def use(connect):
        one = await connect()
        sent = request(*more, target="/temp?NAME=2022&month=12").replace(b"NAME", spelt)
        found = [await one.ask(sent)]
        if not more:
            # The connection goes on, and what comes next is not taken for a part of it.
            found.append(await one.ask(request()))
        return found

    (first, *rest), _ = talk(use)
    assert first[0] == "HTTP/1.1 400 Bad Request"
    problem = json.loads(first[2])
    assert problem["parameter"] == "año"
    assert "did you mean 'year'?" in problem["detail"]
    assert [status for status, _, _ in rest] == ["HTTP/1.1 200 OK"] * (not more)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("content", [b"GET /a\xf1o HTTP/1.1\r\n\xf1", request(), *ODD])
def test_nothing_but_the_request_line_is_ever_rewritten(content):
    line, end, rest = content.partition(b"\r\n")
    assert escaped(content) == line.replace(b"\xf1", b"%F1") + end + rest


def test_what_is_no_request_is_refused_without_an_error_in_the_log(talk, caplog):
    caplog.set_level("INFO")

    async def use(connect):
        return [
            await (await connect()).ask(content)
            for content in (b"<x> / HTTP/1.1\r\n\r\n", b"GET /\x01 HTTP/1.1\r\n\r\n")
        ]

    answers, _ = talk(use)
    for status, headers, _ in answers:
        assert status.endswith(" 400 Bad Request")
        assert headers["Content-Type"].startswith("application/problem+json")
    assert {record.levelname for record in caplog.records} <= {"INFO", "DEBUG"}
    assert all(record.exc_info is None for record in caplog.records)
    assert [r.fields["status"] for r in caplog.records if r.message == "no request"] == [400, 400]


def test_a_request_in_pieces_and_several_at_once_are_answered_in_order(talk, fast):
    async def use(connect):
        found = []
        one = await connect()
        found.append(await one.ask(request()))
        whole = request()
        one.writer.write(whole[:30])
        await asyncio.sleep(0.02)
        found.append(await one.ask(whole[30:]))
        one.writer.write(request() + request(target="/months") + request())
        found += [await one.answer() for _ in range(3)]
        return found

    answers, _ = talk(use)
    assert [b'"metric"' in body for _, _, body in answers] == [True, True, True, False, True]
    assert True not in fast


def test_no_answer_overtakes_one_that_takes_longer(talk, fast, monkeypatch):
    gate = asyncio.Event()
    quick = Table.versions

    async def months(self, dataset, *, consistent=False):
        await gate.wait()
        return []

    async def versions(self, dataset, first, last, *, consistent=False):
        if first.startswith("0001"):
            await gate.wait()
        return await quick(self, dataset, first, last)

    monkeypatch.setattr(Table, "versions", versions)
    monkeypatch.setattr(Table, "months", months)

    async def use(connect):
        one = await connect()
        await one.ask(request())
        one.writer.write(request(target="/months"))
        await asyncio.sleep(0.02)
        one.writer.write(request())
        await asyncio.sleep(0.02)
        gate.set()
        return [await one.answer(), await one.answer()]

    (slow, kept), _ = talk(use)
    assert b'"months"' in slow[2]
    assert b'"metric"' in kept[2]
    assert fast == [False, False, False]


def test_the_connection_goes_the_usual_way_now_and_then(talk, fast, monkeypatch):
    monkeypatch.setattr(front, "REFRESHED_EVERY", 0.05)

    async def use(connect):
        one = await connect()
        for _ in range(4):
            await one.ask(request())
            await asyncio.sleep(0.03)

    talk(use)
    assert fast.count(False) == 2


def test_a_request_has_the_line_that_the_usual_way_writes(talk, capsys):
    async def use(connect):
        one = await connect()
        for _ in range(3):
            await one.ask(request('X-Amzn-Trace-Id: Root="1"', target=TARGET))
        await asyncio.sleep(0.01)

    class Late(logs.Lines):
        """Lines whose loop is the one that runs when the first is added."""

        def __init__(self):
            self._waiting = []

        def add(self, line):
            self._loop = asyncio.get_running_loop()
            super().add(line)

    talk(use, lines=Late())
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(found) == 2
    for line in found:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line.pop("timestamp"))
        assert line.pop("milliseconds") < 1000
        assert line.pop("bytes") > 100
        assert line == {
            "level": "INFO", "location": "aiohttp.access", "message": "request", "service": "api",
            "correlation_id": 'Root="1"', "method": "GET", "path": TARGET, "status": 200,
        }  # fmt: skip


def test_a_client_that_takes_no_answers_is_not_answered_without_end(talk, fast, monkeypatch):
    async def use(connect):
        one = await connect()
        await one.ask(request())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while True:
                    one.writer.write(request())
                    await one.writer.drain()
                    await asyncio.sleep(0)

    talk(use)
    assert fast.count(True) < 50_000
