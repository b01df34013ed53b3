"""Wait until receipts and withdrawals are in the table."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Self

from adapters.config import Config
from adapters.items import Item
from adapters.table import Table

# Seconds without any new event after which waiting ends.
WAIT_SECONDS = 300.0
POLL_SECONDS = 0.3
# Seconds within which a failed request to the table is retried.
RETRY_SECONDS = 10.0
# Events requested at once.
CONCURRENCY = 16


class Events:
    """The events of uploads and deletions that are expected in the table.

    Attributes:
        pending: ids of those that have not arrived.
    """

    def __init__(self, table: Table, runner: asyncio.Runner) -> None:
        self.pending: set[str] = set()
        self._table = table
        self._runner = runner
        self._next_poll = 0.0
        self._deadline = 0.0

    @classmethod
    @contextmanager
    def open(cls, config: Config) -> Iterator[Self]:
        """Open the table; nothing is expected yet.

        Raises:
            Exception: the table cannot be read.
        """
        with asyncio.Runner() as runner:
            stack = AsyncExitStack()
            table = runner.run(stack.enter_async_context(Table.open(config, RETRY_SECONDS)))
            try:
                runner.run(table.ready())
                yield cls(table, runner)
            finally:
                runner.run(stack.aclose())

    def expect(self, event_id: str) -> None:
        """Add an event that is now on its way."""
        self.pending.add(event_id)
        self._deadline = time.monotonic() + WAIT_SECONDS

    def poll(self) -> list[tuple[str, Item]]:
        """Look for every pending event, and return those that have arrived."""
        events = self._runner.run(self._look()) if self.pending else []
        self.pending -= {event_id for event_id, _ in events}
        now = time.monotonic()
        self._next_poll = now + POLL_SECONDS
        if events:
            self._deadline = now + WAIT_SECONDS
        return events

    def is_due(self) -> bool:
        """Return whether the last poll is long enough ago."""
        return time.monotonic() > self._next_poll

    def may_come(self) -> bool:
        """Return whether an event is pending, and one arrived within WAIT_SECONDS."""
        return bool(self.pending) and time.monotonic() < self._deadline

    def pause(self) -> None:
        """Sleep until the next poll is due, if one is needed."""
        if self.pending:
            time.sleep(POLL_SECONDS)

    async def _look(self) -> list[tuple[str, Item]]:
        room = asyncio.Semaphore(CONCURRENCY)

        async def read(event_id: str) -> Item | None:
            async with room:
                return await self._table.read_event(event_id)

        event_ids = list(self.pending)
        items = await asyncio.gather(*map(read, event_ids))
        return [(event_id, item) for event_id, item in zip(event_ids, items, strict=True) if item]
