"""The whole pipeline on the fakes: bucket, queue, workers, table, stream, notifier, topic.

Everything runs in one event loop and yields to it at every request, in an order that the seed
determines, so that a failed history can be repeated.
"""

import asyncio
import importlib
import random
from collections.abc import Callable, Iterable, Iterator
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
from aquasense.readings.versions import Version, all_readings, current_readings
from aquasense.uploads.review_impact import compute_review_impact
from ingest import withdraw
from ingest.events import parse_notification
from ingest.ingester import Ingester
from notify.announce import Announcer
from tests.events import s3_event
from tests.fakes.dynamo import FakeDynamo, error_response
from tests.fakes.s3 import Entry, FakeS3
from tests.fakes.topic import FakeTopic
from tests.faults.histories import Action
from tests.support import DATASETS, LIMITS

DATASET = "marmenor.temperature"
RETRY_SECONDS = 30.0
HISTORY_DAYS = 30


class Crash(Exception):
    """The process ended; its event is delivered again."""


def projection(items: dict[tuple[str, str], Any]) -> dict[tuple[str, str], Any]:
    """Return the items that follow from the bucket: all but the ledger of alerts."""
    return {k: item for k, item in items.items() if not k[0].startswith(("alerts#", "sent#"))}


class World:
    """One run of the pipeline.

    Attributes:
        faults: Probability that a request fails, or the process at it.
        deliveries: Number of deliveries of each event.
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

    # Faults

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

    # Events

    def perform(self, action: Action) -> None:
        """Perform an action on the bucket, and send its notification."""
        entry = action.perform(self.s3)
        self.entries.append(entry)
        name = "ObjectCreated:Put" if entry.content is not None else (
            "ObjectRemoved:DeleteMarkerCreated"
        )  # fmt: skip
        self._notify(name, entry)

    def delete_permanently(self, entry: Entry) -> None:
        self.s3.delete_permanently(entry)
        self._notify("ObjectRemoved:Delete", entry)

    def _notify(self, name: str, entry: Entry) -> None:
        at = self.s3.now.isoformat()
        message = s3_event("raw", (entry.key, entry.version_id), name=name, at=at)
        for _ in range(self.deliveries):
            self.messages.insert(self.chance.randint(0, len(self.messages)), message)

    async def deliver(self, message: dict[str, Any]) -> None:
        """Deliver a message to a worker until it succeeds."""
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
        """Deliver all messages in order, with one worker."""
        while self.messages:
            await self.deliver(self.messages.pop(0))

    async def stream(self, done: Callable[[], bool]) -> None:
        """Announce the records in the order of the shard, some twice."""
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

    # State

    def table(self) -> Table:
        return Table(self.dynamo.client(RETRY_SECONDS), self.dynamo.table, RETRY_SECONDS)

    def ingest(self) -> Ingester:
        return Ingester(
            Bucket(self.s3, "raw"), self.table(), ObjectStore(self.s3, "receipts"), DATASETS, LIMITS
        )

    def projection(self) -> dict[tuple[str, str], Any]:
        return projection(self.dynamo.items)

    def calm(self) -> None:
        """Stop injecting faults."""
        self.faults = 0
        self.dynamo.staleness = 0

    async def versions(self) -> list[Version]:
        return await self.table().read_all_versions(DATASET, consistent=True)

    async def readings(self, as_of: str | None = None) -> dict[str, tuple[str, str]]:
        current = current_readings(await self.versions(), as_of)
        return {reading.date: (reading.mean, reading.deviation) for reading in current}

    async def verdicts(self, as_of: str | None = None) -> dict[str, str]:
        """Return the verdicts of the reviews that apply, by date."""
        readings = all_readings(await self.versions(), as_of)
        return {reading.date: reading.review.verdict for reading in readings if reading.review}

    async def rejected_reviews(self, upload_id: str, dates: Iterable[str]) -> set[str]:
        """Return the dates of an upload's reviews that its receipt rejects."""
        dates = sorted(dates)
        reviews = await self.table().read_reviews(DATASET, dates[0], dates[-1])
        impact = compute_review_impact(upload_id, reviews, await self.versions())
        return {str(rejection.parameters["date"]) for rejection in impact.rejections}


@contextmanager
def inside(world: World) -> Iterator[None]:
    """Configure the functions' modules to work in this world."""
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
        # Small sizes, so that chunks and batches end within files of a few lines.
        patch.setattr(decode, "CHUNK", 32)
        patch.setattr(reader, "BATCH", 2)
        patch.setattr(asyncio, "to_thread", _without_threads(world))
        # A century of empty years would only take time.
        patch.setattr(withdraw, "FIRST_DAY", date(2021, 1, 1))
        patch.setattr(withdraw, "LAST_DAY", date(2024, 1, 1))
        yield


def _without_threads(world: World) -> Any:
    async def to_thread[T](call: Callable[..., T], *arguments: Any) -> T:
        """Run the call in the event loop, at a moment that the seed determines."""
        await world._pause()
        result = call(*arguments)
        await world._pause()
        return result

    return to_thread


async def concurrently(
    world: World, actions: list[Action], workers: int = 4, until: asyncio.Task[None] | None = None
) -> None:
    """Perform the actions, while workers take messages in random order and the notifier runs.

    `until` is another task that changes the bucket; the workers run until it is done as well.
    """
    finished = False

    async def perform_all() -> None:
        nonlocal finished
        for action in actions:
            world.perform(action)
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
    announcing = asyncio.create_task(world.stream(lambda: all(task.done() for task in working)))
    await perform_all()
    await asyncio.gather(*working)
    await announcing
