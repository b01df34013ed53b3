"""Run the deployed functions on the history: the only module here that names the code under test.

The functions run as on Lambda: configured by environment variables, called with events. tests/fakes
replaces AWS.
"""

import asyncio
import importlib
import json
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import quote_plus

import pytest
from aiodynamo.http.types import Request

from tests.compatibility.files import Deletion, Upload, history
from tests.events import Context, s3_event, sqs_event, stream_event
from tests.fakes.dynamo import FakeDynamo
from tests.fakes.s3 import Entry, FakeS3

# Names of the code under test: change them here, and nowhere else, after a renaming.
INGEST, NOTIFY, QUERY = "ingest.handler", "notify.handler", "query.handler"
AWS_CLIENT = "adapters.aws.create_client"
DYNAMODB_CONNECTION = "adapters.dynamodb.connect"
LOAD_DATASETS = "aquasense.datasets.load_datasets"
OPENAPI_DOCUMENT = "query.openapi.document.build_document"
# Also used: lambda_handler of each function, and runner and connections of the query function.

DATASETS = Path(__file__).with_name("datasets.toml")
RAW, RECEIPTS, TABLE = "raw", "receipts", "table"
ENVIRONMENT = {
    "TABLE_NAME": TABLE,
    "RECEIPTS_BUCKET": RECEIPTS,
    "ALERT_TOPIC_ARN": "arn:aws:sns:eu-west-1:000000000000:alerts",
    "ALERT_THRESHOLD": "0.5",
    "HISTORY_DAYS": "30",
    "API_URL": "http://figures.example",
    "AWS_REGION": "eu-west-1",
    "POWERTOOLS_METRICS_NAMESPACE": "AquaSense",
    "POWERTOOLS_SERVICE_NAME": "test",
}
UNSET = ("CORS_ORIGINS", "INGEST_QUEUE_URL", "AWS_ENDPOINT_URL", "MAX_LINE_LENGTH", "MAX_ROWS",
         "MAX_BYTES")  # fmt: skip
CONTEXT = Context(900_000)

type Document = dict[str, Any]


@dataclass
class World:
    """The bucket, table and topic of one run."""

    s3: FakeS3 = field(default_factory=FakeS3)
    dynamodb: FakeDynamo = field(default_factory=lambda: FakeDynamo(TABLE))
    mails: list[Document] = field(default_factory=list)

    def publish(self, **message: Any) -> None:
        """Record a message, in place of SNS."""
        self.mails.append(message)

    def items(self) -> list[Document]:
        """Return the whole table in DynamoDB's JSON, by key."""
        return [item for _, item in sorted(self.dynamodb.items.items())]

    def receipts(self) -> dict[str, str]:
        """Return the objects of the receipts bucket by key."""
        return {
            key: body.decode()
            for (bucket, key), body in sorted(self.s3.objects.items())
            if bucket == RECEIPTS
        }


@contextmanager
def functions(world: World, *names: str) -> Iterator[list[ModuleType]]:
    """Import the functions again, with the clients of that world."""
    clients = {"s3": world.s3, "sns": SimpleNamespace(publish=world.publish)}
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No application metrics to publish")
        for name in UNSET:
            patch.delenv(name, raising=False)
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        patch.setattr(AWS_CLIENT, lambda service, *_, **__: clients.get(service))
        patch.setattr(DYNAMODB_CONNECTION, world.dynamodb.connect)
        patch.setattr(LOAD_DATASETS, partial(_function(LOAD_DATASETS), source=DATASETS))
        previous = {name: sys.modules.pop(name, None) for name in names}
        try:
            yield [importlib.import_module(name) for name in names]
        finally:
            for name, module in previous.items():
                package, _, attribute = name.rpartition(".")
                del sys.modules[name]
                delattr(sys.modules[package], attribute)
                if module:
                    sys.modules[name] = module
                    setattr(sys.modules[package], attribute, module)


def run() -> World:
    """Return the world after ingest and notify have processed the whole history."""
    world = World()
    with functions(world, INGEST, NOTIFY) as (ingest, notify):
        announced = deliveries = 0
        for actions in history():
            events = [event for action in actions for event in _perform(world.s3, action)]
            for event in reversed(events):
                assert ingest.lambda_handler(event, CONTEXT) == {"batchItemFailures": []}
                records = world.dynamodb.inserted[announced:]
                announced = len(world.dynamodb.inserted)
                for item in records:
                    if "kind" in item and item["pk"]["S"].startswith("uploads#"):
                        reply = notify.lambda_handler(stream_event(item), CONTEXT)
                        assert reply == {"batchItemFailures": []}
                        deliveries += 1
                        _fix_ledger_times(world, deliveries)
                announced = len(world.dynamodb.inserted)
    return world


@contextmanager
def service(world: World) -> Iterator[Any]:
    """Yield a function that sends a request to the API: (method, path, query, headers)."""
    with functions(world, QUERY) as (query,):

        def send(method: str, path: str, text: str, headers: dict[str, str]) -> Document:
            http = {"method": method, "path": path, "sourceIp": "192.0.2.1"}
            event = {
                "version": "2.0",
                "rawPath": path,
                "rawQueryString": text,
                "headers": headers,
                "requestContext": {"http": http, "requestId": "request", "stage": "$default"},
            }
            reply: Document = query.lambda_handler(event, CONTEXT)
            return {
                "status": reply["statusCode"],
                "headers": dict(sorted(reply["headers"].items())),
                "body": reply["body"],
            }

        yield send
        query.runner.run(query.connections.aclose())
        query.runner.close()


def openapi() -> Any:
    """Return the OpenAPI document without descriptions and summaries."""
    loaded = _function(LOAD_DATASETS)(Decimal("0.5"), source=DATASETS)
    return _without_prose(_function(OPENAPI_DOCUMENT)(loaded))


def load(items: list[Document]) -> World:
    """Return a world with these items in its table."""
    world = World()

    async def put() -> None:
        headers = {"X-Amz-Target": "DynamoDB_20120810.PutItem"}
        for item in items:
            body = json.dumps({"TableName": TABLE, "Item": item}).encode()
            reply = await world.dynamodb(Request("POST", "http://dynamodb.invalid", headers, body))
            assert reply.status == 200, reply.body

    asyncio.run(put())
    return world


def _function(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def _perform(s3: FakeS3, action: Upload | Deletion) -> Iterator[Document]:
    """Change the bucket; yield its notifications."""
    s3.now = action.at
    if isinstance(action, Upload):
        entry = s3.upload(action.key, action.content)
        for _ in range(action.deliveries):
            yield _notification("ObjectCreated:Put", entry, action.at)
    elif action.permanent:
        entry = s3.entries[action.key][-1]
        s3.delete_permanently(entry)
        yield _notification("ObjectRemoved:Delete", entry, action.at)
    else:
        yield _notification("ObjectRemoved:DeleteMarkerCreated", s3.delete(action.key), action.at)


def _notification(name: str, entry: Entry, at: datetime) -> Document:
    """Return the queue's message with an S3 notification."""
    key = quote_plus(entry.key, safe="/")
    time = f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
    return sqs_event(s3_event(RAW, (key, entry.version_id), name=name, at=time))


def _fix_ledger_times(world: World, delivery: int) -> None:
    """Replace the times of the clock in the ledger with times that follow from the history."""
    now = datetime.now(UTC)
    for (partition, _), item in world.dynamodb.items.items():
        at = datetime.fromisoformat(item["at"]["S"]) if partition.startswith("alerts#") else None
        if at and abs(at - now) < timedelta(minutes=10):
            fixed = world.s3.now + timedelta(seconds=7, microseconds=delivery)
            item["at"] = {"S": fixed.isoformat()}


def _without_prose(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_prose(entry) for entry in value]
    if isinstance(value, dict):
        return {
            name: _without_prose(entry)
            for name, entry in value.items()
            if name not in ("description", "summary") or not isinstance(entry, str)
        }
    return value
