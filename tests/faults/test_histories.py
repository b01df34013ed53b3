"""Random histories: each event three times, in random order, by several workers at once."""

import asyncio
import json
import random
from collections import defaultdict
from dataclasses import fields
from decimal import Decimal

import pytest

from aquasense.alerting.ledger import RETRACTED, LedgerEntry
from aquasense.uploads.receipts import Receipt
from tests.faults.histories import (
    REVIEWS,
    THRESHOLD,
    expected_id,
    expected_readings,
    expected_verdicts,
    names_current_value,
    random_history,
    recorded_uploads,
)
from tests.faults.world import World, concurrently, inside
from tests.support import list_all_versions

# `make test` runs the first FEW histories, and `make test-faults` the BLOCKS after them.
FEW, BLOCK, BLOCKS = 100, 150, 7


def run_in_order(actions):
    """Deliver each event once, immediately after its action."""
    world = World()

    async def run():
        for action in actions:
            world.perform(action)
            await world.drain()
            await world.stream(lambda: True)

    with inside(world):
        asyncio.run(run())
    return world


def run_in_disorder(actions, seed):
    world = World(seed, faults=(0, 0.05)[seed % 2])
    world.deliveries = 3
    with inside(world):
        asyncio.run(concurrently(world, actions))
    world.calm()
    return world


def check(seed):
    actions = random_history(random.Random(seed))
    calm, wild = run_in_order(actions), run_in_disorder(actions, seed)
    ids = [
        expected_id(entry, [other for other in wild.entries if other.key == entry.key])
        for entry in wild.entries
    ]
    uploads = recorded_uploads(actions, ids)

    assert wild.projection() == calm.projection()
    receipts = written_receipts(wild)
    assert set(receipts) == {f"receipts/{upload.upload_id}.json" for upload in uploads}
    assert receipts == written_receipts(calm)
    assert rebuilt(wild, seed) == calm.projection()

    async def compare():
        assert await wild.readings() == expected_readings(uploads)
        assert await wild.verdicts() == expected_verdicts(uploads)
        for event_id in ids:
            assert await wild.readings(as_of=event_id) == expected_readings(uploads, event_id)
            assert await wild.verdicts(as_of=event_id) == expected_verdicts(uploads, event_id)
        for upload in uploads:
            if dates := upload.action.reviews:
                assert await wild.rejected_reviews(upload.upload_id, dates) == {
                    day for day in dates if not names_current_value(uploads, upload, day)
                }

    asyncio.run(compare())
    check_alerts(wild, expected_readings(uploads))
    check_alerts(calm, expected_readings(uploads))
    # A deletion sends one message, however many uploads it withdraws.
    events = {message.attributes["upload"] for message in calm.topic.messages}
    deletions = [event.partition("#")[0] for event in events if "#" in event]
    assert len(deletions) == len(set(deletions))


def written_receipts(world):
    """Return the receipts in the bucket without their impact and notes.

    These depend on when the receipt was written, as does which reviews name no current value; the
    API computes them for each request.
    """
    names = {field.name for field in fields(Receipt)} - {"notes"}
    receipts = {
        key: {name: value for name, value in json.loads(body).items() if name in names}
        for (_, key), body in world.s3.objects.items()
        if key.startswith("receipts/")
    }
    for receipt in receipts.values():
        if receipt["file"].startswith(REVIEWS):
            del receipt["accepted"], receipt["rejected"], receipt["rejections"]
    return receipts


def rebuilt(world, seed):
    """Rebuild the table from the bucket, in random order, and return its items."""
    new = World(seed)
    new.s3.entries = world.s3.entries

    async def rebuild():
        ingest = new.ingest()
        versions = list_all_versions(ingest.bucket)
        new.chance.shuffle(versions)
        for stored in versions:
            await ingest.ingest_upload(stored.upload)
        for stored in versions:
            await ingest.apply_deletions(stored.upload.key)

    with inside(new):
        asyncio.run(rebuild())
    return new.projection()


def ledger_entry(item):
    """Return the entry of the ledger in an item."""
    day, _, event = item["sk"]["S"].partition("#")
    members = {name: item[name]["S"] for name in LedgerEntry._fields[2:] if name in item}
    return LedgerEntry(day, event, **{"deviation": "", "mean": "", **members})


def check_alerts(world, readings):
    """Assert that the messages and the ledger agree, and add up to the current readings."""
    by_event = defaultdict(list)
    for (partition, _), item in world.dynamo.items.items():
        if partition.startswith("alerts#"):
            entry = ledger_entry(item)
            by_event[entry.event_id].append(entry)
    messages = defaultdict(list)
    for message in world.topic.messages:
        messages[message.attributes["upload"]].append(message)
    # Each message is in the ledger, and each entry of the ledger was sent.
    assert set(messages) == set(by_event)
    for event, sent in messages.items():
        assert all(message == sent[0] for message in sent)
        assert all(entry.date in sent[0].body for entry in by_event[event])
    standing: dict[str, str] = {}
    ledger: list[LedgerEntry] = [entry for entries in by_event.values() for entry in entries]
    for entry in sorted(ledger, key=lambda entry: entry.at):
        assert entry.before == standing.get(entry.date, "")
        if entry.kind == RETRACTED:
            del standing[entry.date]
        else:
            assert Decimal(entry.deviation) > THRESHOLD
            standing[entry.date] = entry.deviation
    above = {day: Decimal(dev) for day, (_, dev) in readings.items() if Decimal(dev) > THRESHOLD}
    assert {day: Decimal(dev) for day, dev in standing.items()} == above


def test_table_and_alerts_do_not_depend_on_order_repetition_or_faults():
    for seed in range(FEW):
        check(seed)


@pytest.mark.faults
@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_block_of_further_histories(block):
    for seed in range(FEW + block * BLOCK, FEW + (block + 1) * BLOCK):
        check(seed)
