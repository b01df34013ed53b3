"""Writing many items: in batches, as many at a time as the table takes."""

import asyncio
import random
import time
from collections.abc import AsyncIterable, Mapping
from typing import Any, Protocol

# BatchWriteItem's own limit.
BATCH = 25
# Requests under way at once at the most: at 10 ms each, 32 x 25 items are 80,000 items a second.
CONCURRENCY = 32
# As many to begin with: a table that takes nothing is not stormed, one that takes everything has
# all of CONCURRENCY after three round trips.
FIRST_CONCURRENCY = 4
BACKOFF_BASE, BACKOFF_CAP = 0.1, 5.0


class Unavailable(Exception):
    """DynamoDB did not take or give everything in time. Trying again later can help."""


class Sender(Protocol):
    """What of a client is needed."""

    async def send_request(self, *, action: str, payload: Mapping[str, Any]) -> dict[str, Any]: ...


class _Room:
    """How many batches may be under way: one more for each taken whole, half for each that was
    not (as TCP finds out what a network takes). One task asks for room at a time."""

    def __init__(self) -> None:
        self._limit = FIRST_CONCURRENCY
        self._taken = 0
        self._waiter: asyncio.Future[None] | None = None

    async def enter(self) -> None:
        while self._taken >= self._limit:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        self._taken += 1

    def leave(self) -> None:
        self._taken -= 1
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def widen(self) -> None:
        self._limit = min(CONCURRENCY, self._limit + 1)

    def narrow(self) -> None:
        self._limit = max(1, self._limit // 2)


async def write(
    client: Sender, table: str, items: AsyncIterable[Mapping[str, Any]], patience: float
) -> None:
    """Put every item, in batches, several at a time; no key may come twice.

    Args:
        client: of dynamo.connect().
        table: its name.
        items: in DynamoDB's own JSON, {"pk": {"S": …}, …}.
        patience: seconds a batch may stay partly unprocessed before giving up.

    Raises:
        Unavailable: items stayed unprocessed. Those written stay written.
    """
    room = _Room()

    async def put(batch: list[Mapping[str, Any]]) -> None:
        try:
            await _put_batch(client, table, batch, patience, room)
        finally:
            room.leave()

    try:
        async with asyncio.TaskGroup() as tasks:
            batch: list[Mapping[str, Any]] = []
            async for item in items:
                batch.append(item)
                if len(batch) == BATCH:
                    await room.enter()
                    tasks.create_task(put(batch))
                    batch = []
            if batch:
                await room.enter()
                tasks.create_task(put(batch))
    except ExceptionGroup as group:
        # Callers catch what went wrong, not how many batches were under way when it did.
        raise group.exceptions[0] from group


async def _put_batch(
    client: Sender, table: str, batch: list[Mapping[str, Any]], patience: float, room: _Room
) -> None:
    requests: list[Any] = [{"PutRequest": {"Item": item}} for item in batch]
    deadline = time.monotonic() + patience
    attempt = 0
    while requests:
        answer = await client.send_request(
            action="BatchWriteItem", payload={"RequestItems": {table: requests}}
        )
        requests = answer.get("UnprocessedItems", {}).get(table, [])
        if requests:
            room.narrow()
            # Full jitter: those who were refused together do not come back together.
            delay = random.uniform(0, min(BACKOFF_CAP, BACKOFF_BASE * 2**attempt))
            if time.monotonic() + delay > deadline:
                raise Unavailable(f"{len(requests)} items of a batch stayed unprocessed")
            await asyncio.sleep(delay)
            attempt += 1
    room.widen()
