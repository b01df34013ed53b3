"""Batch writes to a table that leaves items unprocessed."""

import asyncio

import pytest

from adapters import batch_write
from adapters.batch_write import BATCH_SIZE, Unavailable, write_items


class ThrottledClient:
    """A client that processes `takes` items of a batch, and none of the first `refusals`."""

    def __init__(self, takes, refusals=0):
        self.takes = takes
        self.refusals = refusals
        self.batches = []
        self.stored = []

    async def send_request(self, *, action, payload):
        assert action == "BatchWriteItem"
        ((table, requests),) = payload["RequestItems"].items()
        self.batches.append(len(requests))
        await asyncio.sleep(0)
        taken = requests[: self.takes]
        if self.refusals:
            self.refusals -= 1
            taken = []
        self.stored += [request["PutRequest"]["Item"]["pk"]["S"] for request in taken]
        left = requests[len(taken) :]
        return {"UnprocessedItems": {table: left} if left else {}}


class Clock:
    """A clock that advances by sleep only, and a random that returns the upper bound."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        self.slept = []
        self.bounds = []
        monkeypatch.setattr(batch_write.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(batch_write.random, "uniform", self.uniform)
        self._sleep = asyncio.sleep
        monkeypatch.setattr(batch_write.asyncio, "sleep", self.sleep)

    def uniform(self, least, most):
        self.bounds.append((least, most))
        return most

    async def sleep(self, seconds):
        if seconds:
            self.slept.append(seconds)
            self.now += seconds
        await self._sleep(0)


def put(client, count, retry_seconds=60.0):
    async def items():
        for number in range(count):
            yield {"pk": {"S": str(number)}}

    asyncio.run(write_items(client, "table", items(), retry_seconds))


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.mark.parametrize("count", [0, 1, BATCH_SIZE, BATCH_SIZE + 1, 1000])
def test_every_item_is_put_once_in_batches_of_at_most_25(clock, count):
    client = ThrottledClient(takes=BATCH_SIZE)
    put(client, count)
    assert sorted(client.stored, key=int) == [str(number) for number in range(count)]
    assert max(client.batches, default=0) <= 25
    assert len(client.batches) == -(-count // BATCH_SIZE)
    assert clock.slept == []


def test_only_unprocessed_items_are_put_again(clock):
    client = ThrottledClient(takes=10)
    put(client, 25)
    assert client.batches == [25, 15, 5]
    assert sorted(client.stored, key=int) == [str(number) for number in range(25)]


def test_between_attempts_the_delay_grows_with_full_jitter_up_to_a_bound(clock):
    put(ThrottledClient(takes=BATCH_SIZE, refusals=9), 1)
    assert clock.bounds[:6] == [(0, pytest.approx(0.1 * 2**n)) for n in range(6)]
    assert {most for _, most in clock.bounds[6:]} == {5.0}
    assert len(clock.slept) == 9


def test_unprocessed_items_at_the_deadline_raise_unavailable(clock):
    client = ThrottledClient(takes=0)
    with pytest.raises(Unavailable, match="3 items"):
        put(client, 3, retry_seconds=10)
    assert clock.now <= 10
    assert len(client.batches) < 12


def test_an_error_of_a_batch_or_of_the_items_is_raised(clock):
    class Broken(ThrottledClient):
        async def send_request(self, **request):
            raise ConnectionError("no")

    async def items():
        yield {"pk": {"S": "1"}}
        raise LookupError("gone")

    with pytest.raises(ConnectionError):
        put(Broken(takes=0), 1000)
    with pytest.raises(LookupError):
        asyncio.run(write_items(ThrottledClient(takes=BATCH_SIZE), "table", items(), 10))


def test_batches_in_flight_are_limited(clock):
    class Counting(ThrottledClient):
        now = most = 0

        async def send_request(self, **request):
            self.now += 1
            self.most = max(self.most, self.now)
            for _ in range(5):
                await asyncio.sleep(0)
            self.now -= 1
            return await super().send_request(**request)

    client = Counting(takes=BATCH_SIZE)
    put(client, 100 * BATCH_SIZE)
    assert 1 < client.most <= batch_write.MAX_CONCURRENCY
