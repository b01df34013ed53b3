"""Requests as fast as a server answers them, over connections that are kept."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.processes import cpu_seconds
from bench.results import CannotStart


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it.

    Attributes:
        per_second: answers a second.
        cpu: CPU seconds of the server for each.
        latencies: seconds, in order of size.
    """

    per_second: float
    cpu: float
    latencies: Sequence[float]

    def percentile(self, percent: float) -> float:
        """The latency that so many per cent of the requests stay under."""
        return self.latencies[
            min(len(self.latencies) - 1, int(len(self.latencies) * percent / 100))
        ]


class _Client(asyncio.Protocol):
    def __init__(self, run: "_Run") -> None:
        self._run, self._buffer, self._begun = run, b"", 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._run.ready(self)

    def send(self) -> None:
        request = self._run.next()
        if request is None:
            self._transport.close()
            return
        self._begun = time.perf_counter()
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
        self._run.latencies.append(time.perf_counter() - self._begun)
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
        self.latencies: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # With a rate, clients wait here for their turn.
        self.paced = False
        self._waiting: list[_Client] = []
        self._owed = 0

    def ready(self, client: _Client) -> None:
        """A client has its answer, or its connection."""
        if self._owed:
            self._owed -= 1
            client.send()
        elif self.paced and self.left:
            self._waiting.append(client)
        else:
            client.send()

    async def pace(self, rate: float) -> None:
        """Let a client send every so often, whatever the answers take."""
        begun = time.perf_counter()
        for number in range(self.left):
            await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            # Where all are busy the server is at its limit; the next free one makes up for it.
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

    def fail(self, said: str) -> None:
        if not self.done.done():
            self.done.set_exception(CannotStart(f"a request was not answered with 200: {said}"))

    def closed(self, *, early: bool) -> None:
        self._open -= 1
        if early:
            # Some servers close a connection after so many requests: go on over another.
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
    """Send so many requests, going round the paths, a connection's next after its last answer.

    Args:
        port, pid: of the server.
        paths: to ask for.
        count: of requests.
        connections: at the same time.
        rate: requests a second; without it as many as the server answers.

    Raises:
        CannotStart: an answer was not 200, or there was none.
    """

    async def run() -> Load:
        state = _Run(port, paths, count, connections)
        state.paced = rate is not None
        cpu, begun = cpu_seconds(pid), time.perf_counter()
        await asyncio.gather(*(state.connect() for _ in range(connections)))
        pacing = asyncio.create_task(state.pace(rate)) if rate else None
        try:
            await asyncio.wait_for(state.done, 120)
        except TimeoutError:
            raise CannotStart(f"port {port} stopped answering") from None
        finally:
            if pacing:
                pacing.cancel()
        seconds = time.perf_counter() - begun
        answered = len(state.latencies)
        return Load(
            answered / seconds, (cpu_seconds(pid) - cpu) / answered, sorted(state.latencies)
        )

    return asyncio.run(run())
