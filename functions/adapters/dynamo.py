"""The connection to DynamoDB: aiodynamo on one aiohttp session, and writing in batches."""

import asyncio
import random
import time
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiodynamo.client import Client
from aiodynamo.credentials import Credentials
from aiodynamo.http.aiohttp import AIOHTTP
from aiodynamo.models import DecorelatedJitterRetry
from yarl import URL

# BatchWriteItem's own limit.
BATCH = 25
# Requests under way at once: at 10 ms each, 16 x 25 items are some 40,000 items a second.
CONCURRENCY = 16
BACKOFF_BASE, BACKOFF_CAP = 0.1, 5.0


class Unavailable(Exception):
    """DynamoDB did not take or give everything in time. Trying again later can help."""


@asynccontextmanager
async def connect(region: str, endpoint_url: str | None, patience: float) -> AsyncIterator[Client]:
    """A client with both timeouts, jittered retries and the usual chain of credentials.

    Args:
        region: AWS region.
        endpoint_url: None for AWS itself.
        patience: seconds within which a failing request is tried again.
    """
    timeout = aiohttp.ClientTimeout(total=5, connect=2)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield Client(
            AIOHTTP(session),
            Credentials.auto(),
            region,
            endpoint=URL(endpoint_url) if endpoint_url else None,
            numeric_type=int,
            throttle_config=DecorelatedJitterRetry(
                time_limit_secs=patience, base_delay_secs=0.05, max_delay_secs=2
            ),
        )


async def write(
    client: Client, table: str, items: AsyncIterable[Mapping[str, Any]], patience: float
) -> None:
    """Put every item, in batches, several at a time; no key may come twice.

    Args:
        client: of connect().
        table: its name.
        items: in DynamoDB's own JSON, {"pk": {"S": …}, …}.
        patience: seconds a batch may stay partly unprocessed before giving up.

    Raises:
        Unavailable: items stayed unprocessed. Those written stay written.
    """
    room = asyncio.Semaphore(CONCURRENCY)

    async def put(batch: list[Mapping[str, Any]]) -> None:
        try:
            await _put_batch(client, table, batch, patience)
        finally:
            room.release()

    try:
        async with asyncio.TaskGroup() as tasks:
            batch: list[Mapping[str, Any]] = []
            async for item in items:
                batch.append(item)
                if len(batch) == BATCH:
                    await room.acquire()
                    tasks.create_task(put(batch))
                    batch = []
            if batch:
                await room.acquire()
                tasks.create_task(put(batch))
    except ExceptionGroup as group:
        # Callers catch what went wrong, not how many batches were under way when it did.
        raise group.exceptions[0] from group


async def _put_batch(
    client: Client, table: str, batch: list[Mapping[str, Any]], patience: float
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
            # Full jitter: those who were refused together do not come back together.
            delay = random.uniform(0, min(BACKOFF_CAP, BACKOFF_BASE * 2**attempt))
            if time.monotonic() + delay > deadline:
                raise Unavailable(f"{len(requests)} items of a batch stayed unprocessed")
            await asyncio.sleep(delay)
            attempt += 1
