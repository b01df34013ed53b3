"""Answers that are kept: how long, how many, and for whom."""

import asyncio

import pytest

from adapters.config import ConfigError
from api.cache import FRESHNESS, OVERHEAD, Cache, Entry, Key
from api.server_config import ServerConfig
from query.headers import check_condition
from query.http import Response

KEY = Key("/temp?month=12&year=2022")
FOUND = Response(200, {"ETag": '"a"', "Content-Type": "text/plain"}, b"15.5")


class Clock:
    """A loop's clock that the test moves."""

    def __init__(self, monkeypatch, loop):
        self.now = 1000.0
        monkeypatch.setattr(loop, "time", lambda: self.now)


class Table:
    """What is asked where nothing is kept; counts."""

    def __init__(self, response=FOUND):
        self.asked = 0
        self.response = response

    async def __call__(self):
        self.asked += 1
        await asyncio.sleep(0)
        if isinstance(self.response, Exception):
            raise self.response
        return self.response


class Slow:
    """A table whose answers say what was so when they were asked, and come when the test wants."""

    def __init__(self):
        self.state = b"old"
        self.gates = []

    async def __call__(self):
        response = Response(200, {}, self.state)
        self.gates.append(asyncio.Event())
        await self.gates[-1].wait()
        return response


def test_what_is_kept_is_used_until_it_is_too_old_counted_from_before_the_question(monkeypatch):
    async def run():
        clock = Clock(monkeypatch, asyncio.get_running_loop())
        cache, table = Cache(), Table()

        async def slow():
            clock.now += FRESHNESS / 2
            return await table()

        assert (await cache.get(KEY, slow)).response is FOUND
        clock.now = 1000.0 + FRESHNESS - 0.01
        await cache.get(KEY, table)
        assert table.asked == 1
        clock.now = 1000.0 + FRESHNESS + 0.01
        assert cache.fresh(KEY, clock.now) is None
        await cache.get(KEY, table)
        assert table.asked == 2

    asyncio.run(run())
    assert FRESHNESS <= 2


def test_equal_requests_at_once_are_one_question_and_others_are_not():
    async def run():
        cache, table = Cache(), Table()
        keys = [KEY] * 50 + [KEY._replace(accept="text/csv")] * 50
        found = await asyncio.gather(*(cache.get(key, table) for key in keys))
        assert len(found) == 100
        assert table.asked == 2

    asyncio.run(run())


@pytest.mark.parametrize(
    ("freshness", "later", "joins"),
    [(FRESHNESS, FRESHNESS - 0.01, True), (FRESHNESS, FRESHNESS, False), (0, 0, False)],
)
def test_a_question_under_way_is_joined_only_while_its_answer_would_be_fresh(
    monkeypatch, freshness, later, joins
):
    async def run():
        clock = Clock(monkeypatch, asyncio.get_running_loop())
        cache, table = Cache(freshness), Slow()
        first = asyncio.create_task(cache.get(KEY, table))
        await asyncio.sleep(0)
        clock.now += later
        table.state = b"new"
        second = asyncio.create_task(cache.get(KEY, table))
        await asyncio.sleep(0)
        asked = len(table.gates)
        for gate in table.gates:
            gate.set()
        assert asked == (1 if joins else 2)
        assert (await first).response.body == b"old"
        assert (await second).response.body == (b"old" if joins else b"new")

    asyncio.run(run())


def test_of_two_questions_under_way_the_later_one_is_joined_and_kept(monkeypatch):
    async def run():
        clock = Clock(monkeypatch, asyncio.get_running_loop())
        cache, table = Cache(), Slow()
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
        assert {(await one).response.body for one in later} == {b"new"}
        assert (await first).response.body == b"old"
        assert cache.fresh(KEY, clock.now).response.body == b"new"
        assert not cache._pending

    asyncio.run(run())


@pytest.mark.parametrize("member", Key._fields)
def test_whatever_an_answer_depends_on_tells_two_requests_apart(member):
    async def run():
        cache, table = Cache(), Table()
        await cache.get(KEY, table)
        await cache.get(KEY._replace(**{member: "/other"}), table)
        assert table.asked == 2

    asyncio.run(run())


def test_whoever_asked_first_may_go_away():
    async def run():
        cache, gate = Cache(), asyncio.Event()

        async def slow():
            await gate.wait()
            return FOUND

        first = asyncio.create_task(cache.get(KEY, slow))
        second = asyncio.create_task(cache.get(KEY, slow))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        gate.set()
        assert (await second).response is FOUND

    asyncio.run(run())


def test_whoever_waits_may_go_away_together_with_the_first():
    async def run():
        cache, table = Cache(), Slow()
        both = [asyncio.create_task(cache.get(KEY, table)) for _ in range(2)]
        await asyncio.sleep(0)
        for one in both:
            one.cancel()
        await asyncio.wait(both, timeout=1)
        gone = [one.cancelled() for one in both]
        for gate in table.gates:
            gate.set()
        assert gone == [True, True]
        assert len(table.gates) == 1

    asyncio.run(run())


def test_a_failure_is_everybodys_and_is_not_kept():
    async def run():
        cache, table = Cache(), Table(ConnectionError("no table"))
        found = await asyncio.gather(*(cache.get(KEY, table) for _ in range(5)),
                                     return_exceptions=True)  # fmt: skip
        assert all("no table" in str(one) for one in found)
        assert table.asked == 1
        table.response = FOUND
        assert (await cache.get(KEY, table)).response is FOUND

    asyncio.run(run())


@pytest.mark.parametrize(
    ("response", "times"),
    [
        (FOUND, 1),
        (Response(404, {}, b"no readings"), 1),
        (Response(400, {}, b"bad parameter"), 1),
        (Response(503, {}, b"try again"), 2),
        (Response(200, {}, lambda: [b"a long list"]), 2),
    ],
)
def test_whole_answers_and_what_cannot_be_answered_are_kept_and_nothing_else(response, times):
    async def run():
        cache, table = Cache(), Table(response)
        for _ in range(2):
            await cache.get(KEY, table)
        assert table.asked == times

    asyncio.run(run())


def test_memory_is_bounded_and_the_oldest_leaves_first():
    async def run():
        room = 10 * (OVERHEAD + len(FOUND.body))
        cache, table = Cache(capacity=room), Table()
        keys = [Key(f"/temp?{number}") for number in range(25)]
        for key in keys:
            await cache.get(key, table)
        now = asyncio.get_running_loop().time()
        assert [key for key in keys if cache.fresh(key, now)] == keys[15:]
        # One that is asked for anew takes the place of its old one, not another.
        for _ in range(25):
            await cache.get(Key("x" * 5000), table)
        assert [key for key in keys if cache.fresh(key, now)] == keys[15:]

    asyncio.run(run())


def test_an_answers_age_is_said_and_its_etag_stays():
    entry = Entry(FOUND, 1000.0)
    assert entry.aged(1000.9).headers["Age"] == "0"
    old = entry.aged(1001.1)
    assert (old.headers["Age"], old.headers["ETag"], old.body) == ("1", '"a"', b"15.5")
    assert "Age" not in FOUND.headers


@pytest.mark.parametrize("condition", ['"a"', 'W/"a"', '"b", "a"', "*", '"a-gzip"'])
def test_who_has_it_already_gets_no_body(condition):
    found = check_condition(Entry(FOUND, 0.0).aged(1.0), condition)
    assert (found.status, found.body) == (304, b"")
    assert found.headers == {"ETag": '"a"', "Age": "1"}
    assert check_condition(Entry(FOUND, 0.0).aged(1.0), '"b"').status == 200


@pytest.mark.parametrize("text", ["3", "2.5", "-1", "x", "", "1e1", "nan", "٢"])
def test_nothing_is_kept_for_longer_than_was_promised(text):
    with pytest.raises(ConfigError, match="CACHE_SECONDS"):
        ServerConfig.from_env({"CACHE_SECONDS": text})


def test_how_long_answers_are_kept_can_be_set():
    assert ServerConfig.from_env({}).cache_seconds == FRESHNESS
    assert ServerConfig.from_env({"CACHE_SECONDS": "0"}).cache_seconds == 0
