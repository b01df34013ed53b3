"""AWS resources of a test on an emulator, and requests to the API on them."""

import asyncio
import functools
import json
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from aiohttp.test_utils import TestClient, TestServer

from adapters.config import Config
from adapters.s3 import Bucket, s3_client
from adapters.table import Table
from api.app import create_app
from tests.emulated import create_table
from tests.events import REGION, s3_event

RETRY_SECONDS = 5.0
NONE_FAILED = {"batchItemFailures": []}


@functools.cache
def create_client(service: str, endpoint: str) -> Any:
    return boto3.client(service, region_name=REGION, endpoint_url=endpoint)


create_s3_client = functools.cache(s3_client)


@dataclass
class Cloud:
    """A bucket, a table, a topic and a mailbox of one test."""

    endpoint: str
    name: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:16]}")

    def __post_init__(self) -> None:
        self.s3 = create_s3_client(REGION, self.endpoint)
        self.s3.create_bucket(
            Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self.s3.put_bucket_versioning(
            Bucket=self.name, VersioningConfiguration={"Status": "Enabled"}
        )
        self.create_table_and_topic()

    def create_table_and_topic(self) -> None:
        """Create the table, and the topic with a queue that receives its messages."""
        self.dynamodb, self.sqs = self.client("dynamodb"), self.client("sqs")
        create_table(self.dynamodb, self.name)
        self.mailbox = self.sqs.create_queue(QueueName=self.name)["QueueUrl"]
        sns = self.client("sns")
        self.topic_arn = sns.create_topic(Name=self.name)["TopicArn"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.mailbox, AttributeNames=["QueueArn"])
        sns.subscribe(
            TopicArn=self.topic_arn, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"]
        )
        self._mails: list[dict[str, Any]] = []
        self._events: set[tuple[str, str]] = set()

    def client(self, service: str) -> Any:
        return create_client(service, self.endpoint)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "TABLE_NAME": self.name,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "ALERT_TOPIC_ARN": self.topic_arn,
        }

    @property
    def config(self) -> Config:
        return Config.from_env(self.environment | {"API_URL": "http://figures.example"})

    @property
    def bucket(self) -> Bucket:
        return Bucket(self.s3, self.name)

    def put(self, key: str, content: bytes) -> str:
        """Put an object; return its version id."""
        return self.s3.put_object(Bucket=self.name, Key=key, Body=content)["VersionId"]

    def put_event(self, key: str, content: bytes) -> dict[str, Any]:
        """Put an object; return its notification."""
        return s3_event(self.name, (key, self.put(key, content)))

    def delete_event(self, key: str) -> dict[str, Any]:
        """Delete a key; return the notification of its delete marker."""
        marker = self.s3.delete_object(Bucket=self.name, Key=key)["VersionId"]
        return s3_event(self.name, (key, marker), name="ObjectRemoved:DeleteMarkerCreated")

    def with_table[T](self, use: Callable[[Table], Awaitable[T]]) -> T:
        """Run a coroutine that needs the table."""

        async def run() -> T:
            async with Table.open(self.config, RETRY_SECONDS) as table:
                return await use(table)

        return asyncio.run(run())

    def request(
        self,
        path: Any,
        method: str = "GET",
        params: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any, bytes]:
        """Send a request to the API; return the status, the headers and the undecoded body."""

        async def run() -> tuple[int, Any, bytes]:
            server = TestServer(create_app(self.config))
            async with (
                TestClient(server, auto_decompress=False) as client,
                client.request(
                    method,
                    path,
                    params=params,
                    headers=headers,
                    skip_auto_headers=["Accept-Encoding"],
                ) as response,
            ):
                return response.status, response.headers, await response.read()

        return asyncio.run(run())

    def items(self) -> dict[tuple[str, str], Any]:
        """Return all items of the table by key, in DynamoDB JSON."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.name)
        return {
            (item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]
        }

    def receipts(self) -> list[Any]:
        """Return the receipts as images of the stream."""
        return [item for item in self.items().values() if item.get("kind") == {"S": "upload"}]

    def new_events(self) -> list[Any]:
        """Return the receipts and withdrawals since the last call, as images of the stream."""
        new = {
            key: item for key, item in self.items().items()
            if "kind" in item and key not in self._events
        }  # fmt: skip
        self._events |= new.keys()
        return [new[key] for key in sorted(new)]

    def repeat_events(self) -> None:
        """Return all receipts and withdrawals at the next call of new_events()."""
        self._events.clear()

    def new_mails(self) -> list[dict[str, Any]]:
        """Receive the messages published since the last call: subject, body, attributes."""
        mails = []
        while messages := self.sqs.receive_message(
            QueueUrl=self.mailbox, MaxNumberOfMessages=10
        ).get("Messages"):
            for message in messages:
                envelope = json.loads(message["Body"])
                attributes = envelope.get("MessageAttributes", {})
                mails.append(
                    {
                        "subject": envelope["Subject"],
                        "body": envelope["Message"],
                        "attributes": {name: value["Value"] for name, value in attributes.items()},
                    }
                )
                self.sqs.delete_message(
                    QueueUrl=self.mailbox, ReceiptHandle=message["ReceiptHandle"]
                )
        return mails

    def mails(self) -> list[dict[str, Any]]:
        """Return every published message."""
        self._mails += self.new_mails()
        return list(self._mails)


def measured(lines: Iterable[Any]) -> dict[Any, list[float]]:
    """Return {(namespace, name, dimensions): values} of the embedded metrics."""
    metrics: dict[Any, list[float]] = {}
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, line[name]) for name in names)
                for metric in directive["Metrics"]:
                    key = directive["Namespace"], metric["Name"], dimensions
                    metrics.setdefault(key, []).extend(line[metric["Name"]])
    return metrics
