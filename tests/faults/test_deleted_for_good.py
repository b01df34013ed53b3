"""A version deleted permanently, at any moment of its ingestion, leaves no current readings.

It leaves no receipt in the bucket of receipts either, which would have texts of the file.
"""

import asyncio
import random

from tests.faults.histories import (
    RecordedUpload,
    expected_id,
    expected_readings,
    expected_verdicts,
    random_history,
)
from tests.faults.test_histories import check_alerts
from tests.faults.world import World, concurrently, inside
from tests.support import list_all_versions

HISTORIES = 60


def run(seed):
    """Run a history in which versions are deleted permanently, some while they are read."""
    chance = random.Random(seed)
    actions = [action for action in random_history(chance) if action.content is not None]
    for action in actions:
        # Within one second, deleting the older of two versions would change the younger's id.
        action.seconds += 1
    world = World(seed, faults=(0, 0.05)[seed % 2])
    world.deliveries = 2

    deleted = [n for n in range(len(actions)) if chance.random() < 0.4]

    async def delete():
        for number in deleted:
            while len(world.entries) <= number:  # noqa: ASYNC110 - each turn of the loop is one step
                await asyncio.sleep(0)
            for _ in range(chance.choice((0, 5, 20, 60, 200))):
                await asyncio.sleep(0)
            world.delete_permanently(world.entries[number])

    async def run_all():
        deleting = asyncio.create_task(delete())
        await concurrently(world, actions, until=deleting)
        world.calm()
        uploads = [
            RecordedUpload(actions[n], expected_id(world.entries[n], [world.entries[n]]), "")
            for n in range(len(actions))
            if n not in deleted
        ]
        expected = expected_readings(uploads)
        assert await world.readings() == expected
        assert await world.verdicts() == expected_verdicts(uploads)
        check_alerts(world, expected)
        left = {stored.upload.id for stored in list_all_versions(world.ingest().bucket)}
        assert left == {upload.upload_id for upload in uploads}
        assert {key for _, key in world.s3.objects} == {f"receipts/{id_}.json" for id_ in left}

    with inside(world):
        asyncio.run(run_all())


def test_readings_and_receipts_are_those_of_the_versions_left_in_the_bucket():
    for seed in range(HISTORIES):
        run(seed)
