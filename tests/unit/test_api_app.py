"""The application's answer to a response that fails after its start."""

import asyncio

from aiohttp import web
from aiohttp.test_utils import TestServer

from api.app import ORIGINS, errors_as_problems, send
from query.http import Response


def failing_parts():
    yield b"first part"
    raise RuntimeError("no second part")


async def stream(request):
    return await send(request, Response(200, {"Content-Type": "text/csv"}, failing_parts))


def test_a_failure_of_a_started_response_is_logged_and_closes_the_connection(caplog):
    async def run():
        app = web.Application(middlewares=[errors_as_problems])
        app[ORIGINS] = ("*",)
        app.router.add_get("/", stream)
        async with TestServer(app) as server:
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            async with asyncio.timeout(10):
                received = await reader.read()
            writer.close()
            return received

    received = asyncio.run(run())
    assert received.startswith(b"HTTP/1.1 200 ")
    # Neither a second response nor the last chunk: the client can see that the body is incomplete.
    assert received.endswith(b"first part\r\n")
    assert "no second part" in caplog.text
