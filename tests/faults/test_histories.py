"""Any history, every event three times, in any order, to several workers at once."""

import asyncio
import json
import random
from collections import defaultdict
from dataclasses import fields
from decimal import Decimal

import pytest

from aquasense.alerting.ledger import RETRACTED, LedgerEntry
from aquasense.uploads.receipts import Receipt
from tests.faults.histories import THRESHOLD, expected_id, history, in_force, places
from tests.faults.world import World, concurrently, inside

# In make test; make test-faults goes on from there to well above a thousand.
# noqa
FEW, BLOCK, BLOCKS = 100, 150, 7


def run_in_order(acts):
    """Each event once, right after what it tells of."""
    world = World()

    async def run():
        for act in acts:
            world.act(act)
            await world.drain()

    with inside(world):
        asyncio.run(run())
    return world


def run_in_disorder(acts, seed):
    world = World(seed, faults=(0, 0.05)[seed % 2])
    world.deliveries = 3
    with inside(world):
        asyncio.run(concurrently(world, acts))
    world.calm()
    return world


def check(seed):
    acts = history(random.Random(seed))
    calm, wild = run_in_order(acts), run_in_disorder(acts, seed)
    ids = [
        expected_id(entry, [one for one in wild.entries if one.key == entry.key])
        for entry in wild.entries
    ]
    told = places(acts, ids)

    assert wild.projection() == calm.projection()
    receipts = written_receipts(wild)
    assert set(receipts) == {f"receipts/{one.order}.json" for one in told}
    assert receipts == written_receipts(calm)
    assert rebuilt(wild, seed) == calm.projection()

    async def compare():
        assert await wild.readings() == in_force(told)
        for order in ids:
            assert await wild.readings(as_of=order) == in_force(told, order)

    asyncio.run(compare())
    check_alerts(wild, in_force(told))


def written_receipts(world):
    """What the receipts in their bucket say of the files.

    What each changed is left out: it is of the moment the receipt was written, and the API works it
    out anew.
    """
    own = {field.name for field in fields(Receipt)}
    return {
        key: {name: value for name, value in json.loads(body).items() if name in own}
        for (_, key), body in world.s3.objects.items()
        if key.startswith("receipts/")
    }


def rebuilt(world, seed):
    """The table made anew from the bucket alone, its versions taken in any order."""
    new = World(seed)
    new.s3.entries = world.s3.entries

    async def rebuild():
        ingest = new.ingest()
        everything = list(ingest.bucket.list_all_versions())
        new.chance.shuffle(everything)
        for stored in everything:
            await ingest.ingest_upload(stored.upload)
        for stored in everything:
            await ingest.apply_deletions(stored.upload.key)

    with inside(new):
        asyncio.run(rebuild())
    return new.projection()


def line_of(item):
    """A line of the ledger."""
    day, _, event = item["sk"]["S"].partition("#")
    members = {name: item[name]["S"] for name in LedgerEntry._fields[2:] if name in item}
    return LedgerEntry(day, event, **{"deviation": "", "mean": "", **members})


def check_alerts(world, now):
    """What the subscribers know in the end is what holds, and every message is on record once."""
    by_event = defaultdict(list)
    for (partition, _), item in world.dynamo.items.items():
        if partition.startswith("alerts#"):
            entry = line_of(item)
            by_event[entry.event_id].append(entry)
    messages = defaultdict(list)
    for message in world.topic.messages:
        messages[message.attributes["upload"]].append(message)
    # Nothing on record that was not sent, nothing sent that is not on record.
    assert set(messages) == set(by_event)
    for event, sent in messages.items():
        assert all(one == sent[0] for one in sent)
        assert all(entry.date in sent[0].body for entry in by_event[event])
    standing: dict[str, str] = {}
    entries: list[LedgerEntry] = [entry for found in by_event.values() for entry in found]
    for entry in sorted(entries, key=lambda one: one.at):
        assert entry.before == standing.get(entry.date, "")
        if entry.kind == RETRACTED:
            del standing[entry.date]
        else:
            assert Decimal(entry.deviation) > THRESHOLD
            standing[entry.date] = entry.deviation
    above = {day: Decimal(dev) for day, (_, dev) in now.items() if Decimal(dev) > THRESHOLD}
    assert {day: Decimal(dev) for day, dev in standing.items()} == above


def test_the_table_and_what_is_told_do_not_depend_on_order_repetition_or_faults():
    for seed in range(FEW):
        check(seed)


@pytest.mark.faults
@pytest.mark.parametrize("block", range(BLOCKS))
def test_a_thousand_more_histories(block):
    for seed in range(FEW + block * BLOCK, FEW + (block + 1) * BLOCK):
        check(seed)
