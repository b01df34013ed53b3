"""Cache of responses: equal requests within half a second share one query.

The age of a response counts from before its query. Requests also share a pending query. Age is the
only header in which a cached response differs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from query.http import Response

# Seconds. Under load half a second saves nearly as many queries as two seconds, and a client that
# polls for its upload is not delayed.
FRESHNESS = 0.5
# Bytes of all entries. The longest body is query.headers.MAX_BUFFERED_BODY.
CAPACITY = 16 * 1024 * 1024
# Estimated bytes of an entry without its body.
OVERHEAD = 2048
MAX_KEY_LENGTH = 2048
CACHEABLE_STATUS = (HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)


class SharedQueryFailed(Exception):
    """A query shared with another request failed."""


class Key(NamedTuple):
    """The parts of a request that its response depends on, except conditions."""

    target: str
    accept: str = ""
    accept_encoding: str = ""
    origin: str = ""
    host: str = ""
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A response, and the time of the event loop's clock before its query."""

    response: Response
    created: float

    @property
    def size(self) -> int:
        """Return the estimated bytes in memory."""
        body = self.response.body
        return OVERHEAD + (len(body) if isinstance(body, bytes) else 0)

    def aged(self, now: float) -> Response:
        """Return the response with its Age at a time of the loop's clock."""
        response = self.response
        headers = {**response.headers, "Age": str(int(now - self.created))}
        return Response(response.status, headers, response.body)


class Pending(NamedTuple):
    """A pending query: its future entry, and the time of the loop's clock at its start."""

    entry: asyncio.Future[Entry]
    created: float


class Cache:
    """Responses by request; the oldest entries are evicted first."""

    def __init__(self, freshness: float = FRESHNESS, capacity: int = CAPACITY) -> None:
        self.freshness = freshness
        self._capacity = capacity
        self._entries: dict[Key, Entry] = {}
        self._size = 0
        self._pending: dict[Key, Pending] = {}

    def fresh(self, key: Key, now: float) -> Entry | None:
        """Return the entry of a request; None without one, or if it is too old."""
        entry = self._entries.get(key)
        return entry if entry is not None and now - entry.created < self.freshness else None

    async def get(self, key: Key, query: Callable[[], Awaitable[Response]]) -> Entry:
        """Return the cached entry, the entry of a pending query, or a new one.

        Raises:
            Exception: the query failed, for every request that shares it; nothing is cached.
        """
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            entry = self.fresh(key, now)
            if entry is not None:
                return entry
            pending = self._pending.get(key)
            if pending is None or now - pending.created >= self.freshness:
                # A result of an older query would be too old for this request.
                return await self._query(key, query)
            try:
                return await asyncio.shield(pending.entry)
            except asyncio.CancelledError:
                # The request that started the query was cancelled: start another query, unless
                # this request was cancelled too.
                task = asyncio.current_task()
                if not pending.entry.cancelled() or (task and task.cancelling()):
                    raise

    async def _query(self, key: Key, query: Callable[[], Awaitable[Response]]) -> Entry:
        loop = asyncio.get_running_loop()
        pending = self._pending[key] = Pending(loop.create_future(), loop.time())
        try:
            entry = Entry(await query(), pending.created)
        except Exception as error:
            # Other requests get a different error, so that the cause is logged once.
            pending.entry.set_exception(SharedQueryFailed(repr(error)))
            pending.entry.exception()  # without a waiter, asyncio would log it as never retrieved
            raise
        except BaseException:
            pending.entry.cancel()
            raise
        finally:
            # A later query may have replaced it.
            if self._pending.get(key) is pending:
                del self._pending[key]
        pending.entry.set_result(entry)
        # A slow result is already too old, and a later one may be cached.
        if loop.time() - pending.created < self.freshness:
            self._store(key, entry)
        return entry

    def _store(self, key: Key, entry: Entry) -> None:
        response = entry.response
        if response.status not in CACHEABLE_STATUS or not isinstance(response.body, bytes):
            return
        if sum(map(len, key)) > MAX_KEY_LENGTH:
            return
        self._evict(key)
        self._entries[key] = entry
        self._size += entry.size
        while self._size > self._capacity:
            self._evict(next(iter(self._entries)))

    def _evict(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= entry.size
