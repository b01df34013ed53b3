"""A large file cut into many runs, each hand-over delivered twice, is as one run."""

import asyncio
import random

import pytest

from tests.faults.histories import Act
from tests.faults.world import World, concurrently, inside
from tests.support import HEADER, csv


def large(chance):
    """A file of some dozens of lines: every date several times, bad lines, blank ones."""
    lines = [HEADER]
    for number in range(40):
        day = f"2022/{chance.randint(1, 12)}/{chance.randint(1, 28)}"
        lines.append(
            chance.choice([f"{day},{number}.5,0.1", f"{day},{number}.25,0.6", "", "x", f"{day},,1"])
        )
    return "\n".join(lines).encode()


def in_one_run(act):
    world = World()
    with inside(world):
        world.act(act)
        asyncio.run(world.drain())
    return world


@pytest.mark.parametrize("seed", range(4))
def test_cut_anywhere_and_each_piece_twice(seed):
    act = Act("a.csv", 0, large(random.Random(seed)))
    calm = in_one_run(act)
    world = World(seed, faults=(0, 0.05)[seed % 2], short_of_time=0.2)
    world.deliveries = 2
    with inside(world):
        asyncio.run(concurrently(world, [act], workers=3))
    handed_on = [message for message in world.sent if "resume" in message]
    assert len(handed_on) > 3
    assert world.projection() == calm.projection()
    (name,) = (key for _, key in world.s3.objects if key.startswith("receipts/"))
    assert world.s3.objects["receipts", name] == calm.s3.objects["receipts", name]


def always_short(act):
    world = World(short_of_time=1)
    with inside(world):
        world.act(act)
        asyncio.run(world.drain())
    return world


def test_every_run_comes_further_even_if_its_time_is_always_up(monkeypatch):
    monkeypatch.setattr("ingest.handler.MAX_HOPS", 1000)
    act = Act("a.csv", 0, large(random.Random(1)))
    world = always_short(act)
    assert world.projection() == in_one_run(act).projection()
    assert len(world.sent) <= 1 + act.content.count(b"\n")


@pytest.mark.parametrize("line", ["", ";;;;", "2022/12/1,15,0.1", "x"])
def test_lines_that_give_no_row_are_handed_on_as_well(line, monkeypatch):
    monkeypatch.setattr("ingest.handler.MAX_HOPS", 1000)
    act = Act("a.csv", 0, csv("2022/12/7,1,1", *[line] * 100, "2022/12/1,1,1"))
    world = always_short(act)
    assert world.projection() == in_one_run(act).projection()
    assert len(world.sent) > 3


class Slow:
    """A file each byte of which takes time."""

    clock = 0

    def __init__(self, body):
        self._body = body

    def read(self, size=-1, /):
        taken = self._body.read(size)
        Slow.clock += len(taken)
        return taken


def test_a_survey_that_took_nearly_all_the_time_is_kept_for_the_run_that_writes(monkeypatch):
    act = Act("a.csv", 0, csv(*["2022/12/1,15,0.1"] * 300_000, "2022/12/1,1,1"))
    size = len(act.content)
    world = World()
    monkeypatch.setattr(world, "out_of_time", lambda: Slow.clock > 1.5 * size)
    runs = []
    with inside(world), monkeypatch.context() as patch:
        patch.setattr("aquasense.decoding.CHUNK", 1 << 16)
        patch.setattr("aquasense.reader.SKIMMED", 16)
        get = world.s3.get_object
        patch.setattr(world.s3, "get_object", lambda **what: {"Body": Slow(get(**what)["Body"])})
        world.act(act)
        while world.messages:
            Slow.clock = 0
            asyncio.run(world.deliver(world.messages.pop()))
            runs.append(Slow.clock / size)
    assert len(runs) == 2
    # The second run does not survey it again.
    assert runs[0] < 2
    assert runs[1] < 1.01
    assert len(world.projection()) == 3


def test_a_file_that_takes_more_runs_than_lambda_allows_is_rejected_whole_in_words():
    world = always_short(Act("a.csv", 0, large(random.Random(1))))
    ((_, item),) = world.projection().items()
    assert (item["status"], item["code"]) == ({"S": "rejected"}, {"S": "too_large"})


def test_a_file_deleted_between_two_runs_is_withdrawn_whole():
    chance = random.Random(2)
    acts = [Act("a.csv", 0, large(chance)), Act("a.csv", 5, None)]
    world = World(3, short_of_time=0.5)

    async def run():
        world.act(acts[0])
        await world.deliver(world.messages.pop())
        assert world.messages
        world.act(acts[1])
        await world.drain()
        assert await world.readings() == {}

    with inside(world):
        asyncio.run(run())
    tombstones = [key for key in world.projection() if key[1].count("#") == 2]
    rows = [key for key in world.projection() if key[0][-4:].isdigit() and key[1].count("#") == 1]
    assert len(tombstones) == len([key for key in rows if not key[0].startswith("uploads")]) > 0
