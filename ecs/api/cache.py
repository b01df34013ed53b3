"""Responses kept for a moment: equal requests within it get the same bytes, with their age.

A kept response is never older than FRESHNESS, counted from before the table was queried. Equal
requests within that time share one query, also while it is under way. The ETag depends on the
content alone; Age is the only header that shows that a response was kept.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from query.http import Response

# Seconds. Under load half a second saves nearly as many queries as two would, and a client that
# waited for its upload to be incorporated sees it when it asks again.
FRESHNESS = 0.5
# Bytes of all entries. The longest body is query.headers.LONGEST_KEPT_BODY.
CAPACITY = 16 * 1024 * 1024
# Bytes that an entry takes beside its body, rounded up.
OVERHEAD = 2048
LONGEST_KEY = 2048
KEPT_STATUS = (HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)


class SharedQueryFailed(Exception):
    """The query of an equal request, which this one waited for, failed."""


class Key(NamedTuple):
    """Everything in a request that its response depends on, as it was sent, except conditions."""

    target: str
    accept: str = ""
    accept_encoding: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A response and the loop's time just before the table was queried for it."""

    response: Response
    created: float

    @property
    def size(self) -> int:
        """Return the bytes it takes in memory, roughly."""
        body = self.response.body
        return OVERHEAD + (len(body) if isinstance(body, bytes) else 0)

    def aged(self, now: float) -> Response:
        """Return the response with its age at that time."""
        response = self.response
        headers = {**response.headers, "Age": str(int(now - self.created))}
        return Response(response.status, headers, response.body)


class Pending(NamedTuple):
    """A query under way: its future entry, and the loop's time when it began."""

    entry: asyncio.Future[Entry]
    created: float


class Cache:
    """Responses by request; the oldest is dropped first where capacity is exceeded."""

    def __init__(self, freshness: float = FRESHNESS, capacity: int = CAPACITY) -> None:
        self.freshness = freshness
        self._capacity = capacity
        self._entries: dict[Key, Entry] = {}
        self._size = 0
        self._pending: dict[Key, Pending] = {}

    def fresh(self, key: Key, now: float) -> Entry | None:
        """Return the entry of a request unless it is too old at that time of the loop's clock."""
        entry = self._entries.get(key)
        return entry if entry is not None and now - entry.created < self.freshness else None

    async def get(self, key: Key, query: Callable[[], Awaitable[Response]]) -> Entry:
        """Return the kept entry, the one that is being queried for, or a new one.

        Raises:
            Exception: the query failed. Every request that shares it is told; nothing is kept.
        """
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            entry = self.fresh(key, now)
            if entry is not None:
                return entry
            pending = self._pending.get(key)
            if pending is None or now - pending.created >= self.freshness:
                # None is under way, or one whose result may be from before this request's time.
                return await self._query(key, query)
            try:
                return await asyncio.shield(pending.entry)
            except asyncio.CancelledError:
                # The client that began the query went away: the next request begins another,
                # unless it was cancelled itself.
                task = asyncio.current_task()
                if not pending.entry.cancelled() or (task and task.cancelling()):
                    raise

    async def _query(self, key: Key, query: Callable[[], Awaitable[Response]]) -> Entry:
        loop = asyncio.get_running_loop()
        pending = self._pending[key] = Pending(loop.create_future(), loop.time())
        try:
            entry = Entry(await query(), pending.created)
        except Exception as error:
            # The request that began the query raises the error itself: its cause is logged once.
            pending.entry.set_exception(SharedQueryFailed(repr(error)))
            pending.entry.exception()
            raise
        except BaseException:
            pending.entry.cancel()
            raise
        finally:
            # Unless a later query has taken its place.
            if self._pending.get(key) is pending:
                del self._pending[key]
        pending.entry.set_result(entry)
        # A result that took too long is of no use, and a later query's may be kept already.
        if loop.time() - pending.created < self.freshness:
            self._keep(key, entry)
        return entry

    def _keep(self, key: Key, entry: Entry) -> None:
        response = entry.response
        if response.status not in KEPT_STATUS or not isinstance(response.body, bytes):
            return
        if sum(map(len, key)) > LONGEST_KEY:
            return
        self._drop(key)
        self._entries[key] = entry
        self._size += entry.size
        while self._size > self._capacity:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= entry.size
