"""In front of aiohttp's parser: requests whose answer is kept are answered from the bytes.

Only plain GET requests that came in one piece on an idle connection, and only where nothing in
them could be understood in two ways; every other byte goes the usual way through aiohttp.
"""

import re
import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

from aiohttp import web
from aiohttp.http import SERVER_SOFTWARE

from api import logs
from api.cache import Cache, Entry, Key
from api.refusals import Protocol

# Now and then a request goes the usual way, so that aiohttp knows that the connection is in use.
# Its timeout for idle ones less this has to be more than the load balancer's.
REFRESHED_EVERY = 10.0

_REQUEST = re.compile(
    rb"GET (/[!-~]{0,2000}) HTTP/1\.1\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}:[^\r\n\0]{0,4000}\r\n){0,50})\r\n"
).fullmatch
# A request line as somebody may type it, with an 'ñ' that no browser would leave as it is.
_TYPED = re.compile(rb"[A-Z]{1,20} (/[^\0-\x20\x7f]{0,8000}) HTTP/1\.[01]\r\n").match
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
# They change what a request is, what it is to be answered with, or what becomes of its connection.
_NOT_PLAIN = {
    b"connection", b"content-length", b"expect", b"te", b"trailer", b"transfer-encoding",
    b"upgrade",
}  # fmt: skip
# Each at most once, or it would have to be decided which one counts.
_MEANT = {b"accept", b"accept-encoding", b"if-none-match", b"origin", b"x-amzn-trace-id"}
_SERVER = f"Server: {SERVER_SOFTWARE}\r\n\r\n".encode()


class Plain(NamedTuple):
    """A request that can be understood in one way only; key is None where it has a condition."""

    key: Key | None
    trace_id: str


class Front(Protocol):
    """aiohttp's protocol of one connection, with the cache before it."""

    __slots__ = ("_answers", "_lines", "_odd", "_until", "_waiting")

    def __init__(
        self, manager: web.Server, answers: Cache, lines: logs.Lines | None, **options: Any
    ) -> None:
        super().__init__(manager, **options)
        self._answers = answers
        self._lines = lines
        # Requests handed to aiohttp that it has not answered yet.
        self._waiting = 0
        # Something came that was no whole plain request: from then on aiohttp has it all.
        self._odd = False
        # When aiohttp is to see a request again.
        self._until = 0.0

    def data_received(self, data: bytes) -> None:
        if not self._odd:
            # What came before were whole requests, so this is the beginning of one.
            plain = read(data)
            if plain is None and (typed := escaped(data)) != data:
                data, plain = typed, read(typed)
            if plain is None:
                self._odd = True
            elif self._answered(plain):
                return
            else:
                self._waiting += 1
                self._until = self._loop.time() + REFRESHED_EVERY
        super().data_received(data)

    def log_access(
        self, request: web.BaseRequest, response: web.StreamResponse, time: float | None
    ) -> None:
        self._waiting -= 1
        if self._lines is None or time is None:
            super().log_access(request, response, time)
        elif request.path not in logs.QUIET:
            self._lines.add(
                logs.access_line(
                    request.method,
                    request.path_qs,
                    response.status,
                    self._loop.time() - time,
                    response.body_length,
                    logs.id_of(request) or "",
                )
            )

    def _answered(self, plain: Plain) -> bool:
        now = self._loop.time()
        if plain.key is None or self._waiting or now >= self._until:
            return False
        entry = self._answers.fresh(plain.key, now)
        transport = self.transport
        if entry is None or transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size():
            # It does not take its answers: aiohttp knows how to wait for that.
            return False
        before, after = entry.wire or _wire(entry)
        moving = b"Age: %d\r\nDate: %s\r\n" % (now - entry.born, _date(int(time.time())))
        transport.write(b"".join((before, moving, after)))
        if self._lines is not None:
            took = self._loop.time() - now
            self._lines.add(
                logs.access_line("GET", plain.key.target, entry.response.status, took,
                                 len(entry.response.body), plain.trace_id)
            )  # fmt: skip
        return True


def read(data: bytes) -> Plain | None:
    """What a client sent, if it is one whole plain GET request."""
    match = _REQUEST(data)
    if match is None:
        return None
    accept = accept_encoding = origin = trace_id = ""
    seen: set[bytes] = set()
    conditional = False
    for line in match[2].split(b"\r\n"):
        name, _, value = line.partition(b":")
        name = name.lower()
        if name in _NOT_PLAIN:
            if name != b"connection" or value.strip().lower() != b"keep-alive":
                return None
        elif name in _MEANT:
            if name in seen:
                return None
            seen.add(name)
            text = value.strip(b" \t").decode("latin-1")
            if not text.isascii():
                return None
            if name == b"accept":
                accept = text
            elif name == b"accept-encoding":
                accept_encoding = text
            elif name == b"origin":
                origin = text
            elif name == b"x-amzn-trace-id":
                trace_id = text
            else:
                conditional = True
    key = Key(match[1].decode(), accept, accept_encoding, origin)
    return Plain(None if conditional else key, trace_id)


def escaped(data: bytes) -> bytes:
    """The beginning of a request, its target with '%C3%B1' where somebody typed 'ñ'.

    aiohttp's parser refuses such a target as no HTTP at all. Written so, it is a question whose
    mistake can be named ('there is no parameter 'año''), and nothing else of it is another.
    """
    line = _TYPED(data)
    if line is None or line[1].isascii():
        return data
    target = _NOT_ASCII.sub(lambda found: b"%%%02X" % found[0][0], line[1])
    return data[: line.start(1)] + target + data[line.end(1) :]


def _wire(entry: Entry) -> tuple[bytes, bytes]:
    """An answer as aiohttp would send it, in two parts, made once."""
    response = entry.response
    reason = HTTPStatus(response.status).phrase
    fields = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    head = (
        f"HTTP/1.1 {response.status} {reason}\r\n{fields}Content-Length: {len(response.body)}\r\n"
    )
    entry.wire = head.encode(), _SERVER + response.body
    return entry.wire


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
