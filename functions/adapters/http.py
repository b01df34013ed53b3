"""HTTP/1.1 the way DynamoDB and the endpoints of credentials speak it, for aiodynamo.

Whole requests, whole answers, kept-alive connections: a fraction of what a general client costs
in time for each request, and of what its import costs at a cold start (docs/performance.md).
"""

import asyncio
import os
import ssl
import time
from functools import cache
from typing import Self, cast

from aiodynamo.http.types import Request, RequestFailed, Response
from yarl import URL

from adapters.http_reply import Malformed, Reply

CONNECT_TIMEOUT, TOTAL_TIMEOUT = 2.0, 5.0
# More requests at once wait for their turn, inside their timeout.
CONNECTIONS = 64
# DynamoDB closes an idle connection after some minutes, a gateway in between earlier.
KEEP_IDLE = 20.0


class Http:
    """aiodynamo's HttpImplementation over a pool of connections."""

    def __init__(
        self, connect_timeout: float = CONNECT_TIMEOUT, total_timeout: float = TOTAL_TIMEOUT
    ) -> None:
        self._connect_timeout = connect_timeout
        self._total_timeout = total_timeout
        self._idle: dict[str, list[_Connection]] = {}
        self._room = asyncio.Semaphore(CONNECTIONS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.abort()
        self._idle.clear()

    async def __call__(self, request: Request) -> Response:
        """The answer to a request, whatever its status.

        Raises:
            RequestFailed: there was none, or none that makes sense.
            TimeoutError: not in time.
        """
        deadline = asyncio.get_running_loop().time() + self._total_timeout
        try:
            if self._room.locked():
                await asyncio.wait_for(self._room.acquire(), self._total_timeout)
            else:
                await self._room.acquire()
            try:
                return await self._ask(request, deadline)
            finally:
                self._room.release()
        except (OSError, Malformed) as error:
            if isinstance(error, TimeoutError):
                raise
            raise RequestFailed(error) from error

    async def _ask(self, request: Request, deadline: float) -> Response:
        origin, target, host = _parts(request.url)
        head = _head(request, target, host)
        kept = self._idle.setdefault(origin, [])
        while kept:
            connection = kept.pop()
            if not connection.usable():
                connection.abort()
                continue
            try:
                return await self._on(connection, kept, head, request, deadline)
            except ConnectionError:
                # It was closed while it lay idle: that says nothing about the service. Not so
                # once an answer has begun.
                if connection.answering:
                    raise
        connection = await self._connected(origin, deadline)
        return await self._on(connection, kept, head, request, deadline)

    async def _on(
        self,
        connection: "_Connection",
        kept: list["_Connection"],
        head: bytes,
        request: Request,
        deadline: float,
    ) -> Response:
        answer = await connection.ask(head + (request.body or b""), deadline)
        if answer.keep_alive:
            kept.append(connection)
        else:
            connection.abort()
        return Response(answer.status, bytes(answer.body))

    async def _connected(self, origin: str, deadline: float) -> "_Connection":
        loop = asyncio.get_running_loop()
        url = URL(origin)
        secure = url.scheme == "https"
        async with asyncio.timeout_at(min(deadline, loop.time() + self._connect_timeout)):
            _, connection = await loop.create_connection(
                lambda: _Connection(loop),
                url.host or "",
                url.port or 0,
                ssl=_tls() if secure else None,
                happy_eyeballs_delay=0.25,
            )
        return connection


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Reply] | None = None
        self._reply: Reply | None = None
        self._used = time.monotonic()

    @property
    def answering(self) -> bool:
        """Whether a part of the answer to the last request has come."""
        return self._reply is None or self._reply.begun

    def usable(self) -> bool:
        """Whether it can be expected to take another request."""
        transport = self._transport
        fresh = time.monotonic() - self._used < KEEP_IDLE
        return fresh and transport is not None and not transport.is_closing()

    def abort(self) -> None:
        """Close it, now."""
        if self._transport is not None:
            self._transport.abort()

    async def ask(self, request: bytes, deadline: float) -> Reply:
        """Send a request; the answer to it."""
        transport = self._transport
        self._reply = Reply()
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        waiter: asyncio.Future[Reply] = self._loop.create_future()
        self._waiter = waiter
        timer = self._loop.call_at(deadline, self._fail, TimeoutError("no answer in time"))
        try:
            transport.write(request)
            return await waiter
        except BaseException:
            # What may still come would be taken for the answer to the next request.
            transport.abort()
            raise
        finally:
            timer.cancel()
            self._waiter = None
            self._used = time.monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        waiter, answer = self._waiter, self._reply
        if waiter is None or waiter.done() or answer is None:
            # Nobody asked: such a connection cannot be trusted with another request.
            self.abort()
            return
        try:
            if answer.feed(data):
                waiter.set_result(answer)
        except Malformed as error:
            self._fail(error)

    def eof_received(self) -> None:
        waiter, answer = self._waiter, self._reply
        if waiter is not None and not waiter.done() and answer is not None and answer.end():
            waiter.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail(exc or ConnectionResetError("closed before the answer was complete"))

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)


@cache
def _parts(url: str) -> tuple[str, str, str]:
    """Origin, request target and Host of an address; there are few, again and again."""
    parsed = URL(url)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise RequestFailed(ValueError(f"not an address: {url}"))
    return str(parsed.origin()), parsed.raw_path_qs or "/", host_header(parsed)


def host_header(url: URL) -> str:
    """What the Host header says: the port only where it is not the scheme's own."""
    host = url.host_subcomponent or ""
    return host if url.is_default_port() else f"{host}:{url.port}"


def _head(request: Request, target: str, host: str) -> bytes:
    fields = "".join(f"{name}: {value}\r\n" for name, value in (request.headers or {}).items())
    if fields.count("\n") != len(request.headers or {}):
        raise RequestFailed(ValueError("a header of the request has a line break"))
    return (
        f"{request.method} {target} HTTP/1.1\r\nHost: {host}\r\n{fields}"
        f"Content-Length: {len(request.body or b'')}\r\n\r\n"
    ).encode("latin-1")


@cache
def _tls() -> ssl.SSLContext:
    """Certificates and host names are checked; made at the first need, because it takes long."""
    context = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
