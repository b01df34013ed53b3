"""Batch writes: BatchWriteItem with as many requests in flight as the table accepts."""

import asyncio
import random
import time
from collections.abc import AsyncIterable, Mapping
from typing import Any, Protocol

# BatchWriteItem's own limit.
BATCH_SIZE = 25
# At 10 ms a request, 32 x 25 items are 80,000 items a second.
MAX_CONCURRENCY = 32
# A table that accepts everything has all of MAX_CONCURRENCY after three round trips.
INITIAL_CONCURRENCY = 4
BACKOFF_BASE, BACKOFF_CAP = 0.1, 5.0


class Unavailable(Exception):
    """DynamoDB did not process everything in time. A later retry can succeed."""


class RequestSender(Protocol):
    """The part of aiodynamo's client that batch writes use."""

    async def send_request(self, *, action: str, payload: Mapping[str, Any]) -> dict[str, Any]: ...


class ConcurrencyLimit:
    """Limit of batches in flight: additive increase, multiplicative decrease, as TCP has it.

    Only one task may call acquire().
    """

    def __init__(self) -> None:
        self._limit = INITIAL_CONCURRENCY
        self._in_flight = 0
        self._waiter: asyncio.Future[None] | None = None

    async def acquire(self) -> None:
        while self._in_flight >= self._limit:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        self._in_flight += 1

    def release(self) -> None:
        self._in_flight -= 1
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def increase(self) -> None:
        self._limit = min(MAX_CONCURRENCY, self._limit + 1)

    def decrease(self) -> None:
        self._limit = max(1, self._limit // 2)


async def write_items(
    client: RequestSender,
    table: str,
    items: AsyncIterable[Mapping[str, Any]],
    retry_seconds: float,
) -> None:
    """Put all items in concurrent batches; every key must be unique.

    Args:
        client: from dynamodb.connect().
        table: name of the table.
        items: in DynamoDB JSON, {"pk": {"S": …}, …}.
        retry_seconds: time within which the unprocessed items of a batch are retried.

    Raises:
        Unavailable: items stayed unprocessed. Those written stay written.
    """
    limit = ConcurrencyLimit()

    async def put(batch: list[Mapping[str, Any]]) -> None:
        try:
            await _put_batch(client, table, batch, retry_seconds, limit)
        finally:
            limit.release()

    try:
        async with asyncio.TaskGroup() as tasks:
            batch: list[Mapping[str, Any]] = []
            async for item in items:
                batch.append(item)
                if len(batch) == BATCH_SIZE:
                    await limit.acquire()
                    tasks.create_task(put(batch))
                    batch = []
            if batch:
                await limit.acquire()
                tasks.create_task(put(batch))
    except ExceptionGroup as group:
        # Callers need the type of the error, not the number of failed batches.
        raise group.exceptions[0] from group


async def _put_batch(
    client: RequestSender,
    table: str,
    batch: list[Mapping[str, Any]],
    retry_seconds: float,
    limit: ConcurrencyLimit,
) -> None:
    requests: list[Any] = [{"PutRequest": {"Item": item}} for item in batch]
    deadline = time.monotonic() + retry_seconds
    attempt = 0
    while requests:
        response = await client.send_request(
            action="BatchWriteItem", payload={"RequestItems": {table: requests}}
        )
        requests = response.get("UnprocessedItems", {}).get(table, [])
        if requests:
            limit.decrease()
            # Full jitter: clients throttled together do not retry together.
            delay = random.uniform(0, min(BACKOFF_CAP, BACKOFF_BASE * 2**attempt))
            if time.monotonic() + delay > deadline:
                raise Unavailable(f"{len(requests)} items of a batch stayed unprocessed")
            await asyncio.sleep(delay)
            attempt += 1
    limit.increase()
