"""The cache of responses: freshness, shared queries, capacity."""

import asyncio

import pytest

from api.cache import FRESHNESS, OVERHEAD, Cache, Entry, Key
from query.headers import check_condition
from query.http import Response
from tests.support import in_event_loop

KEY = Key("/temp?month=12&year=2022")
RESPONSE = Response(200, {"ETag": '"a"', "Content-Type": "text/plain"}, b"15.5")


class Clock:
    """An event loop's clock that the test sets."""

    def __init__(self, monkeypatch, loop):
        self.now = 1000.0
        monkeypatch.setattr(loop, "time", lambda: self.now)


class Table:
    """Responds to queries and counts them."""

    def __init__(self, response=RESPONSE):
        self.queries = 0
        self.response = response

    async def __call__(self):
        self.queries += 1
        await asyncio.sleep(0)
        if isinstance(self.response, Exception):
            raise self.response
        return self.response


class SlowTable:
    """A table that responds with its state at the query, when the test opens the gate."""

    def __init__(self):
        self.state = b"old"
        self.gates = []

    async def __call__(self):
        response = Response(200, {}, self.state)
        self.gates.append(asyncio.Event())
        await self.gates[-1].wait()
        return response


@in_event_loop
async def test_the_age_of_an_entry_counts_from_before_its_query(monkeypatch):
    clock = Clock(monkeypatch, asyncio.get_running_loop())
    cache, table = Cache(), Table()

    async def slow():
        clock.now += FRESHNESS / 2
        return await table()

    assert (await cache.get(KEY, slow)).response is RESPONSE
    clock.now = 1000.0 + FRESHNESS - 0.01
    await cache.get(KEY, table)
    assert table.queries == 1
    clock.now = 1000.0 + FRESHNESS + 0.01
    assert cache.fresh(KEY, clock.now) is None
    await cache.get(KEY, table)
    assert table.queries == 2
    assert FRESHNESS <= 2


@in_event_loop
async def test_equal_concurrent_requests_share_one_query():
    cache, table = Cache(), Table()
    keys = [KEY] * 50 + [KEY._replace(accept="text/csv")] * 50
    entries = await asyncio.gather(*(cache.get(key, table) for key in keys))
    assert len(entries) == 100
    assert table.queries == 2


@pytest.mark.parametrize(
    ("freshness", "delay", "shared"),
    [(FRESHNESS, FRESHNESS - 0.01, True), (FRESHNESS, FRESHNESS, False), (0, 0, False)],
)
@in_event_loop
async def test_a_pending_query_is_shared_only_while_its_result_would_be_fresh(
    monkeypatch, freshness, delay, shared
):
    clock = Clock(monkeypatch, asyncio.get_running_loop())
    cache, table = Cache(freshness), SlowTable()
    first = asyncio.create_task(cache.get(KEY, table))
    await asyncio.sleep(0)
    clock.now += delay
    table.state = b"new"
    second = asyncio.create_task(cache.get(KEY, table))
    await asyncio.sleep(0)
    queries = len(table.gates)
    for gate in table.gates:
        gate.set()
    assert queries == (1 if shared else 2)
    assert (await first).response.body == b"old"
    assert (await second).response.body == (b"old" if shared else b"new")


@in_event_loop
async def test_of_two_pending_queries_the_later_one_is_shared_and_cached(monkeypatch):
    clock = Clock(monkeypatch, asyncio.get_running_loop())
    cache, table = Cache(), SlowTable()
    first = asyncio.create_task(cache.get(KEY, table))
    await asyncio.sleep(0)
    clock.now += FRESHNESS
    table.state = b"new"
    later = [asyncio.create_task(cache.get(KEY, table)) for _ in range(2)]
    await asyncio.sleep(0)
    assert len(table.gates) == 2
    for gate in reversed(table.gates):
        gate.set()
        await asyncio.sleep(0)
    assert {(await task).response.body for task in later} == {b"new"}
    assert (await first).response.body == b"old"
    assert cache.fresh(KEY, clock.now).response.body == b"new"
    assert not cache._pending


@pytest.mark.parametrize("member", Key._fields)
@in_event_loop
async def test_every_member_of_the_key_distinguishes_requests(member):
    cache, table = Cache(), Table()
    await cache.get(KEY, table)
    await cache.get(KEY._replace(**{member: "/other"}), table)
    assert table.queries == 2


@in_event_loop
async def test_the_request_that_started_a_query_can_be_cancelled():
    cache, gate = Cache(), asyncio.Event()

    async def slow():
        await gate.wait()
        return RESPONSE

    first = asyncio.create_task(cache.get(KEY, slow))
    second = asyncio.create_task(cache.get(KEY, slow))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    gate.set()
    assert (await second).response is RESPONSE


@in_event_loop
async def test_all_requests_of_a_query_can_be_cancelled():
    cache, table = Cache(), SlowTable()
    both = [asyncio.create_task(cache.get(KEY, table)) for _ in range(2)]
    await asyncio.sleep(0)
    for task in both:
        task.cancel()
    await asyncio.wait(both, timeout=1)
    cancelled = [task.cancelled() for task in both]
    for gate in table.gates:
        gate.set()
    assert cancelled == [True, True]
    assert len(table.gates) == 1


@in_event_loop
async def test_a_failure_reaches_every_request_and_is_not_cached():
    cache, table = Cache(), Table(ConnectionError("no table"))
    errors = await asyncio.gather(
        *(cache.get(KEY, table) for _ in range(5)), return_exceptions=True
    )
    assert all("no table" in str(error) for error in errors)
    assert table.queries == 1
    table.response = RESPONSE
    assert (await cache.get(KEY, table)).response is RESPONSE


@pytest.mark.parametrize(
    ("response", "queries"),
    [
        (RESPONSE, 1),
        (Response(404, {}, b"no readings"), 1),
        (Response(400, {}, b"bad parameter"), 1),
        (Response(503, {}, b"try again"), 2),
        (Response(200, {}, lambda: [b"a long list"]), 2),
    ],
)
@in_event_loop
async def test_buffered_responses_and_client_errors_are_cached_and_nothing_else(response, queries):
    cache, table = Cache(), Table(response)
    for _ in range(2):
        await cache.get(KEY, table)
    assert table.queries == queries


@in_event_loop
async def test_the_oldest_entries_are_evicted():
    capacity = 10 * (OVERHEAD + len(RESPONSE.body))
    cache, table = Cache(capacity=capacity), Table()
    keys = [Key(f"/temp?{number}") for number in range(25)]
    for key in keys:
        await cache.get(key, table)
    now = asyncio.get_running_loop().time()
    assert [key for key in keys if cache.fresh(key, now)] == keys[15:]
    # A key that is too long is not cached and evicts nothing.
    for _ in range(25):
        await cache.get(Key("x" * 5000), table)
    assert [key for key in keys if cache.fresh(key, now)] == keys[15:]


def test_age_changes_and_the_etag_does_not():
    entry = Entry(RESPONSE, 1000.0)
    assert entry.aged(1000.9).headers["Age"] == "0"
    old = entry.aged(1001.1)
    assert (old.headers["Age"], old.headers["ETag"], old.body) == ("1", '"a"', b"15.5")
    assert "Age" not in RESPONSE.headers


@pytest.mark.parametrize("condition", ['"a"', 'W/"a"', '"b", "a"', "*", '"a-gzip"'])
def test_a_matching_condition_is_304_without_a_body(condition):
    response = check_condition(Entry(RESPONSE, 0.0).aged(1.0), condition)
    assert (response.status, response.body) == (304, b"")
    assert response.headers == {"ETag": '"a"', "Age": "1"}
    assert check_condition(Entry(RESPONSE, 0.0).aged(1.0), '"b"').status == 200
