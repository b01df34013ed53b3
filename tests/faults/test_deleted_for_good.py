"""A version deleted for good, at any moment of its incorporation, leaves nothing that holds."""

import asyncio
import random

from tests.faults.histories import history
from tests.faults.test_histories import check_alerts
from tests.faults.world import World, concurrently, inside

HISTORIES = 60


def run(seed):
    """A history in which versions are deleted for good, some while they are being read."""
    chance = random.Random(seed)
    acts = [act for act in history(chance) if act.content is not None]
    for act in acts:
        # Within one second, deleting the older of two would change the younger's place.
        act.seconds += 1
    world = World(seed, faults=(0, 0.05)[seed % 2])
    world.deliveries = 2

    condemned = [n for n in range(len(acts)) if chance.random() < 0.4]

    async def destroy():
        for number in condemned:
            while len(world.entries) <= number:  # noqa: ASYNC110 - the world's time is its turns
                await asyncio.sleep(0)
            for _ in range(chance.choice((0, 5, 20, 60, 200))):
                await asyncio.sleep(0)
            world.delete_permanently(world.entries[number])

    async def everything():
        destroying = asyncio.create_task(destroy())
        await concurrently(world, acts, until=destroying)
        world.calm()
        kept = [acts[n] for n in range(len(acts)) if n not in condemned]
        expected = {}
        for act in kept:
            expected |= {} if act.key.startswith("marmenor.unknown/") else act.rows
        assert await world.readings() == expected
        check_alerts(world, expected)

    with inside(world):
        asyncio.run(everything())


def test_what_the_bucket_no_longer_has_does_not_hold():
    for seed in range(HISTORIES):
        run(seed)
