"""The server: aiohttp's runner, with the front before each connection."""

import asyncio
import logging
import signal
from collections.abc import Callable

from aiohttp import web

from api import logs
from api.app import CACHE
from api.front import Front
from api.settings import KEEPALIVE_SECONDS, SHUTDOWN_SECONDS, Server


async def serve(app: web.Application, server: Server) -> None:
    """Serve until SIGTERM or SIGINT, then answer what is under way and stop."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_SECONDS, handler_cancellation=False)
    await runner.setup()
    try:
        listening = await loop.create_server(
            _factory(runner, app, loop), server.host, server.port, backlog=128
        )
        try:
            await stop.wait()
        finally:
            listening.close()
    finally:
        await runner.cleanup()


def _factory(
    runner: web.AppRunner, app: web.Application, loop: asyncio.AbstractEventLoop
) -> Callable[[], Front]:
    manager = runner.server
    assert manager is not None
    heard = logging.getLogger("aiohttp.access").isEnabledFor(logging.INFO)
    lines = logs.Lines(loop) if heard else None

    def connection() -> Front:
        return Front(
            manager,
            app[CACHE],
            lines,
            loop=loop,
            access_log_class=logs.AccessLogger,
            keepalive_timeout=KEEPALIVE_SECONDS,
        )

    return connection
