"""DynamoDB's published limits in simulated time, with the writer that is deployed.

Nothing is waited for: the loop's clock jumps to whatever comes next. The table takes so many items
a second for each value of the partition key, and for all of them together, and leaves the rest of
a batch unprocessed, as AWS does.
"""

import asyncio
import random
import selectors
import types
from collections.abc import AsyncIterator, Mapping
from typing import Any

from adapters import batches
from bench.results import Result

# Source: "Service, account, and table quotas" and "Partitions" of the DynamoDB developer guide.
PER_KEY, NEW_TABLE = 1_000.0, 4_000.0
LATENCY = 0.005
DAY, YEARS = 144, 10


class Jumping(asyncio.SelectorEventLoop):
    """A loop in which waiting takes no time."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self.now


class _Selector(selectors.SelectSelector):
    def __init__(self, loop: Jumping) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        self._loop.now += timeout or 0.0
        return []


class Table:
    """Takes what its limits allow; a limit not used for a second is lost."""

    def __init__(self, loop: Jumping) -> None:
        self._loop = loop
        self._room: dict[str, tuple[float, float]] = {}
        self.requests = self.stored = 0

    async def send_request(self, *, action: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        ((name, asked),) = payload["RequestItems"].items()
        await asyncio.sleep(LATENCY)
        self.requests += 1
        left = [one for one in asked if not self._takes(one["PutRequest"]["Item"]["pk"]["S"])]
        self.stored += len(asked) - len(left)
        return {"UnprocessedItems": {name: left} if left else {}}

    def _takes(self, key: str) -> bool:
        # Never more than a second's worth at once.
        rooms = {one: self._filled(one, limit) for one, limit in ((key, PER_KEY), ("", NEW_TABLE))}
        taken = min(rooms.values()) >= 1
        for one, room in rooms.items():
            self._room[one] = (room - taken, self._loop.now)
        return taken

    def _filled(self, key: str, limit: float) -> float:
        room, at = self._room.get(key, (0.0, self._loop.now))
        return min(limit, room + (self._loop.now - at) * limit)


def simulate(keys: int, items: int, writers: int = 1) -> tuple[float, float]:
    """Items a second, and how many times the requests that were needed were sent.

    Args:
        keys: partition keys the items are of, one after the other as in a file by date.
        items: of each writer.
        writers: functions at work at the same time, each on a series of its own.
    """
    random.seed(7)
    loop = Jumping()
    table = Table(loop)
    # What the writer asks for the time.
    clock = types.SimpleNamespace(monotonic=loop.time)

    async def rows(series: int) -> AsyncIterator[Mapping[str, Any]]:
        for number in range(items):
            yield {"pk": {"S": f"{series}#{number * keys // items}"}}

    async def run() -> None:
        work = (batches.write(table, "t", rows(one), 25.0) for one in range(writers))
        await asyncio.gather(*work)

    real = batches.time
    batches.time = clock  # type: ignore[assignment]
    try:
        loop.run_until_complete(run())
    finally:
        batches.time = real
        loop.close()
    total = items * writers
    return total / loop.now, table.requests / (total / batches.BATCH)


def measure() -> list[Result]:
    """The limits of docs/performance.md, found again by simulation."""
    year = DAY * 365
    found = []
    for name, keys, items, writers, limit in (
        ("a year of ten-minute readings, one key", 1, year, 1, PER_KEY),
        ("the same of ten series at once, new table", 1, year, 10, NEW_TABLE),
        ("ten years of them in one file", YEARS, 2 * year, 1, PER_KEY),
    ):
        rate, requests = simulate(keys, items, writers)
        found.append(
            Result(
                f"simulated: {name}", [rate / limit], 0.8, at_least=True,
                detail={"items_per_second": rate, "requests_over_needed": requests},
                note=f"{rate:,.0f} items/s of {limit:,.0f}; {requests:.2f} x the requests needed",
            )
        )  # fmt: skip
    return found
