"""Send requests over kept connections, at a rate or as fast as the server answers."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.processes import cpu_seconds
from bench.results import CannotStart


@dataclass(frozen=True, slots=True)
class Load:
    """The outcome of one run.

    Attributes:
        per_second: responses per second.
        cpu: CPU seconds of the server per response.
    """

    per_second: float
    cpu: float


class _Client(asyncio.Protocol):
    def __init__(self, run: "_Run") -> None:
        self._run, self._buffer = run, b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._run.ready(self)

    def send(self) -> None:
        request = self._run.next()
        if request is None:
            self._transport.close()
            return
        self._transport.write(request)

    def data_received(self, received: bytes) -> None:
        self._buffer += received
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        _, _, rest = self._buffer[:end].lower().partition(b"content-length: ")
        if len(self._buffer) < end + 4 + int(rest.partition(b"\r\n")[0]):
            return
        if not self._buffer.startswith(b"HTTP/1.1 200"):
            self._run.fail(self._buffer[:300].decode(errors="replace"))
            self._transport.close()
            return
        self._run.answered += 1
        self._buffer = b""
        self._run.ready(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.closed(early=self._run.left > 0)


class _Run:
    def __init__(self, port: int, paths: Sequence[str], count: int, connections: int) -> None:
        self._requests = [
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n\r\n".encode()
            for path in paths
        ]
        self.left, self._open, self._port = count, connections, port
        self.answered = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # At a given rate, clients wait here for their turn.
        self.paced = False
        self._waiting: list[_Client] = []
        self._owed = 0

    def ready(self, client: _Client) -> None:
        """Let a client that is connected or answered send again, or wait."""
        if self._owed:
            self._owed -= 1
            client.send()
        elif self.paced and self.left:
            self._waiting.append(client)
        else:
            client.send()

    async def pace(self, rate: float) -> None:
        """Let clients send at this rate, however long the responses take."""
        started = time.perf_counter()
        for number in range(self.left):
            await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
            # If all clients are busy, the next free one sends the late request.
            if self._waiting:
                self._waiting.pop().send()
            else:
                self._owed += 1
        while self._waiting:
            self._waiting.pop().send()

    def next(self) -> bytes | None:
        if not self.left:
            return None
        self.left -= 1
        return self._requests[self.left % len(self._requests)]

    def fail(self, response: str) -> None:
        if not self.done.done():
            self.done.set_exception(CannotStart(f"a request was not answered with 200: {response}"))

    def closed(self, *, early: bool) -> None:
        self._open -= 1
        if early:
            # Some servers close a connection after so many requests: open another.
            self._open += 1
            asyncio.get_running_loop().create_task(self.connect())
        elif not self._open and not self.done.done():
            self.done.set_result(None)

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: _Client(self), "127.0.0.1", self._port)


def load(
    port: int,
    pid: int,
    paths: Sequence[str],
    count: int,
    connections: int = 16,
    rate: float | None = None,
) -> Load:
    """Send requests for the paths in turn; a connection sends one at a time.

    Args:
        port, pid: of the server.
        paths: to request.
        count: number of requests.
        connections: number of open connections.
        rate: requests per second; None: as many as the server answers.

    Raises:
        CannotStart: a response was not 200, or missing.
    """

    async def run() -> Load:
        state = _Run(port, paths, count, connections)
        state.paced = rate is not None
        cpu, started = cpu_seconds(pid), time.perf_counter()
        await asyncio.gather(*(state.connect() for _ in range(connections)))
        pacing = asyncio.create_task(state.pace(rate)) if rate else None
        try:
            await asyncio.wait_for(state.done, 120)
        except TimeoutError:
            raise CannotStart(f"port {port} stopped answering") from None
        finally:
            if pacing:
                pacing.cancel()
        seconds = time.perf_counter() - started
        return Load(state.answered / seconds, (cpu_seconds(pid) - cpu) / state.answered)

    return asyncio.run(run())
