"""The whole pipeline on the fakes: bucket, queue, workers, table, stream, notifier, topic.

Everything runs in one event loop and gives way at every request, in an order that the seed
decides, so that a history that fails can be run again as it was.
"""

import asyncio
import importlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from unittest.mock import MagicMock

import pytest
from aiodynamo.utils import dy2py

from adapters import batch_write, dynamodb, observability
from adapters.s3 import Bucket, ObjectStore
from adapters.table import Table
from aquasense.csvfile import decode, reader
from aquasense.readings.versions import Version, current_readings
from ingest import withdraw
from ingest.events import parse_notification
from ingest.ingester import Ingester
from notify.announce import Announcer
from tests.fakes.dynamo import FakeDynamo, error_response
from tests.fakes.s3 import Entry, FakeS3
from tests.fakes.topic import FakeTopic
from tests.faults.histories import Act
from tests.support import DATASETS, LIMITS

DATASET = "marmenor.temperature"
RETRY_SECONDS = 30.0
HISTORY_DAYS = 30


class Crash(Exception):
    """The process ended here. Whoever delivered the event delivers it again."""


class World:
    """One run of the pipeline.

    Attributes:
        faults: how likely each request fails, in one of several ways, or the process with it.
        deliveries: how often each event is delivered.
    """

    def __init__(self, seed: int = 0, *, faults: float = 0) -> None:
        self.chance = random.Random(seed)
        self.faults = faults
        self.deliveries = 1
        self.s3, self.topic = FakeS3(), FakeTopic()
        self.dynamo = FakeDynamo("unset", seed)
        self.dynamo.before, self.dynamo.after = self._before, self._after
        self.dynamo.unprocessed = self._put_off
        self.entries: list[Entry] = []
        self.messages: list[dict[str, Any]] = []
        if faults:
            self.s3.before = self._s3_fails
            self.topic.before = self.topic.after = self._crash
            self.dynamo.page_items = 3
            self.dynamo.staleness = 0.5

    # The weather

    async def _pause(self) -> None:
        for _ in range(self.chance.choice((0, 0, 1, 2, 5))):
            await asyncio.sleep(0)

    def _crash(self) -> None:
        if self.chance.random() < self.faults / 4:
            raise Crash

    def _s3_fails(self, _: str) -> None:
        self._crash()

    async def _before(self, action: str) -> Any:
        await self._pause()
        return self._fault(action)

    async def _after(self, action: str) -> Any:
        await self._pause()
        return self._fault(action)

    def _fault(self, action: str) -> Any:
        self._crash()
        if self.chance.random() >= self.faults:
            return None
        match self.chance.randrange(4):
            case 0:
                return error_response("ProvisionedThroughputExceededException")
            case 1:
                return error_response("InternalServerError", 500)
            case 2:
                raise TimeoutError
        return error_response("ThrottlingException")

    def _put_off(self, requests: list[Any]) -> list[Any]:
        if self.chance.random() >= self.faults:
            return []
        return self.chance.sample(requests, self.chance.randint(1, len(requests)))

    # What happens

    def act(self, act: Act) -> None:
        """Do something to the bucket; S3 then sends word of it."""
        entry = act.do(self.s3)
        self.entries.append(entry)
        name = "ObjectCreated:Put" if entry.content is not None else (
            "ObjectRemoved:DeleteMarkerCreated"
        )  # fmt: skip
        self._notify(name, entry)

    def delete_permanently(self, entry: Entry) -> None:
        self.s3.delete_permanently(entry)
        self._notify("ObjectRemoved:Delete", entry)

    def _notify(self, name: str, entry: Entry) -> None:
        where = {"key": entry.key, "versionId": entry.version_id}
        at = self.s3.now.isoformat()
        record = {"eventName": name, "eventTime": at, "s3": {"bucket": {"name": "raw"}}}
        record["s3"]["object"] = where
        self._send({"Records": [record]})

    def _send(self, message: dict[str, Any]) -> None:
        for _ in range(self.deliveries):
            self.messages.insert(self.chance.randint(0, len(self.messages)), message)

    async def deliver(self, message: dict[str, Any]) -> None:
        """One message to a worker, again until it is done."""
        handler = importlib.import_module("ingest.handler")
        while True:
            try:
                for event in parse_notification(message):
                    await handler.handle_event(event)
            except (Crash, TimeoutError, batch_write.Unavailable):
                await self._pause()
                continue
            return

    async def drain(self) -> None:
        """Workers until nothing is left to do; one, in order, where each comes only once."""
        while self.messages:
            await self.deliver(self.messages.pop(0))

    async def stream(self, done: Callable[[], bool]) -> None:
        """The notifier, one record after the other as a shard gives them, some again."""
        position = 0
        while position < len(self.dynamo.inserted) or not done():
            if position == len(self.dynamo.inserted):
                await asyncio.sleep(0)
                continue
            item = dy2py(self.dynamo.inserted[position], int)
            if item.get("kind") in ("upload", "withdrawal"):
                await self._announce(item)
            if self.chance.random() < 0.8:
                position += 1

    async def _announce(self, item: dict[str, Any]) -> None:
        while True:
            try:
                table = self.table()
                await Announcer(table, self.topic, DATASETS, "", HISTORY_DAYS).announce(item)
            except (Crash, TimeoutError, batch_write.Unavailable):
                continue
            return

    # What is there

    def table(self) -> Table:
        return Table(self.dynamo.client(RETRY_SECONDS), self.dynamo.table, RETRY_SECONDS)

    def ingest(self) -> Ingester:
        return Ingester(
            Bucket(self.s3, "raw"), self.table(), ObjectStore(self.s3, "receipts"), DATASETS, LIMITS
        )

    def projection(self) -> dict[tuple[str, str], Any]:
        """All of the table that follows from the bucket: not the ledger of what was told."""
        return {
            key: item
            for key, item in self.dynamo.items.items()
            if not key[0].startswith(("alerts#", "sent#"))
        }

    def calm(self) -> None:
        """From now on nothing fails."""
        self.faults = 0
        self.dynamo.staleness = 0

    async def versions(self) -> list[Version]:
        return await self.table().read_all_versions(DATASET, consistent=True)

    async def readings(self, as_of: str | None = None) -> dict[str, tuple[str, str]]:
        found = current_readings(await self.versions(), as_of)
        return {one.date: (one.mean, one.deviation) for one in found}


@contextmanager
def inside(world: World) -> Iterator[None]:
    """The functions' modules, working in this world."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "TABLE_NAME": "unset", "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "POWERTOOLS_METRICS_NAMESPACE": "AquaSense", "POWERTOOLS_SERVICE_NAME": "test",
        }.items():  # fmt: skip
            patch.setenv(name, value)
        handler = importlib.import_module("ingest.handler")
        patch.setattr(handler, "s3", world.s3)
        patch.setattr(handler, "store", ObjectStore(world.s3, "receipts"))
        patch.setattr(handler, "config", MagicMock(table_name="unset", limits=LIMITS))
        patch.setattr(observability.metrics, "add_metric", lambda *_, **__: None)
        patch.setattr(observability.logger, "info", lambda *_, **__: None)
        patch.setattr(observability.logger, "warning", lambda *_, **__: None)
        patch.setattr(dynamodb, "connect", world.dynamo.connect)
        patch.setattr(batch_write, "BACKOFF_BASE", 0)
        # Small enough for files of a few lines to be cut anywhere.
        patch.setattr(decode, "CHUNK", 32)
        patch.setattr(reader, "BATCH", 2)
        patch.setattr(asyncio, "to_thread", _at_once(world))
        # A century of empty years has nothing to show.
        patch.setattr(withdraw, "FIRST_DAY", date(2021, 1, 1))
        patch.setattr(withdraw, "LAST_DAY", date(2024, 1, 1))
        yield


def _at_once(world: World) -> Any:
    async def to_thread[T](call: Callable[..., T], *arguments: Any) -> T:
        """Work of another thread, at some moment of its own but in an order the seed decides."""
        await world._pause()
        done = call(*arguments)
        await world._pause()
        return done

    return to_thread


async def concurrently(
    world: World, acts: list[Act], workers: int = 4, until: asyncio.Task[None] | None = None
) -> None:
    """Somebody does all that, while workers take its messages in any order, and the notifier.

    `until` is another task that does something to the bucket.
    """
    finished = False

    async def somebody() -> None:
        nonlocal finished
        for act in acts:
            world.act(act)
            for _ in range(world.chance.choice((0, 1, 10, 100))):
                await asyncio.sleep(0)
        if until:
            await until
        finished = True

    async def worker() -> None:
        while not finished or world.messages:
            if not world.messages:
                await asyncio.sleep(0)
                continue
            message = world.messages.pop(world.chance.randrange(len(world.messages)))
            await world.deliver(message)

    working = [asyncio.create_task(worker()) for _ in range(workers)]
    telling = asyncio.create_task(world.stream(lambda: all(task.done() for task in working)))
    await somebody()
    await asyncio.gather(*working)
    await telling
