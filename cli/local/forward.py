"""Forward TCP connections to a server that listens on another address."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator


@contextlib.asynccontextmanager
async def forward(host: str, port: int, to_host: str = "127.0.0.1") -> AsyncIterator[None]:
    """Forward connections on host:port to the same port of to_host.

    Raises:
        OSError: host is no address of this machine, or the port is taken there.
    """

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection(to_host, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))

    async with await asyncio.start_server(connected, host, port):
        yield


@contextlib.contextmanager
def forward_in_background(host: str, port: int) -> Iterator[None]:
    """Run forward() in a thread.

    Raises:
        OSError: host is no address of this machine, or the port is taken there.
    """
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()
    started = threading.Event()
    errors: list[OSError] = []

    async def serve() -> None:
        try:
            async with forward(host, port):
                started.set()
                await ended.wait()
        except OSError as error:
            errors.append(error)
            started.set()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    started.wait()
    try:
        if errors:
            raise errors[0]
        yield
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(ConnectionError, OSError):
        writer.close()
        await writer.wait_closed()
