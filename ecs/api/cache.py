"""Answers kept for a moment: who asks the same within it gets the same bytes, and its age.

What is kept is never older than FRESHNESS, counted from before the table was asked. Equal requests
within it share one question to the table, also while that one is under way: whoever asks gets what
was so no longer than FRESHNESS before. An answer's ETag follows from its content alone; Age is the
only header that tells that it was kept.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from query.http import Response, matches

# Seconds. Under load half a second saves nearly as many questions as two would, and whoever waited
# for an upload to be incorporated and then asks again sees it.
FRESHNESS = 0.5
# Bytes of all that is kept. The longest single answer is query.http.KEPT.
ROOM = 16 * 1024 * 1024
# What an entry takes beside its bytes, generously.
OVERHEAD = 2048
LONGEST_KEY = 2048
KEPT_STATUS = (HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)


class Failed(Exception):
    """An equal request had asked already, and what it asked failed."""


class Key(NamedTuple):
    """All of a request that an answer depends on, as it came over the wire; a conditional
    request's condition aside."""

    target: str
    accept: str = ""
    accept_encoding: str = ""
    origin: str = ""


@dataclass(slots=True)
class Entry:
    """An answer, and since when it holds.

    Attributes:
        response: whole.
        born: on the loop's clock, from before the table was asked.
        wire: what goes before the Date header, and what goes after it; filled in by the front.
    """

    response: Response
    born: float
    wire: tuple[bytes, bytes] | None = None

    @property
    def size(self) -> int:
        return len(self.response.body) + OVERHEAD


class Asking(NamedTuple):
    """A question under way: what will be its answer, and since when that holds."""

    entry: asyncio.Future[Entry]
    born: float


class Cache:
    """Answers by request, the oldest leaving first where room runs out."""

    def __init__(self, freshness: float = FRESHNESS, room: int = ROOM) -> None:
        self.freshness = freshness
        self._room = room
        self._entries: dict[Key, Entry] = {}
        self._taken = 0
        self._asking: dict[Key, Asking] = {}

    def fresh(self, key: Key, now: float) -> Entry | None:
        """What is kept for a request, unless it is too old at that time of the loop's clock."""
        entry = self._entries.get(key)
        return entry if entry is not None and now - entry.born < self.freshness else None

    async def get(self, key: Key, ask: Callable[[], Awaitable[Response]]) -> Entry:
        """The answer: the one that is kept, one that is being worked out, or a new one.

        Raises:
            Exception: asking failed. Everybody who waited for it is told; nothing is kept.
        """
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            entry = self.fresh(key, now)
            if entry is not None:
                return entry
            asked = self._asking.get(key)
            if asked is None or now - asked.born >= self.freshness:
                # None is under way, or one whose answer may be from before this request's time.
                return await self._ask(key, ask)
            try:
                return await asyncio.shield(asked.entry)
            except asyncio.CancelledError:
                # Whoever asked went away: the next one asks, unless it is to go away as well.
                task = asyncio.current_task()
                if not asked.entry.cancelled() or (task and task.cancelling()):
                    raise

    async def _ask(self, key: Key, ask: Callable[[], Awaitable[Response]]) -> Entry:
        loop = asyncio.get_running_loop()
        asked = self._asking[key] = Asking(loop.create_future(), loop.time())
        try:
            entry = Entry(await ask(), asked.born)
        except Exception as error:
            # Who asked raises the error itself: where it comes from is logged once.
            asked.entry.set_exception(Failed(f"asked by another request: {error!r}"))
            asked.entry.exception()
            raise
        except BaseException:
            asked.entry.cancel()
            raise
        finally:
            # Unless a later question has taken its place.
            if self._asking.get(key) is asked:
                del self._asking[key]
        asked.entry.set_result(entry)
        # An answer that took too long is of no use to keep, and a later question's may be there.
        if loop.time() - asked.born < self.freshness and entry.response.parts is None:
            self._keep(key, entry)
        return entry

    def _keep(self, key: Key, entry: Entry) -> None:
        if entry.response.status not in KEPT_STATUS or sum(map(len, key)) > LONGEST_KEY:
            return
        self._drop(key)
        self._entries[key] = entry
        self._taken += entry.size
        while self._taken > self._room:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._taken -= entry.size


def aged(entry: Entry, if_none_match: str, now: float) -> Response:
    """The answer with its age at that time; without its body if the asker has it already."""
    response = entry.response
    headers = {**response.headers, "Age": str(int(now - entry.born))}
    tag = headers.get("ETag", "").strip('"').removesuffix("-gzip")
    if tag and response.status == HTTPStatus.OK and matches(if_none_match, tag):
        for name in ("Content-Type", "Content-Encoding"):
            headers.pop(name, None)
        return Response(HTTPStatus.NOT_MODIFIED, headers)
    return Response(response.status, headers, response.body, response.parts)
