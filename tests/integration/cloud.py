"""AWS resources and events for tests of adapters and handlers."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import boto3

from adapters.config import Config
from adapters.s3 import Bucket, s3_client
from adapters.table import Table
from tests.emulated import create_table

REGION = "eu-west-1"
RETRY_SECONDS = 5.0


@dataclass
class Cloud:
    """A bucket, a table, a topic and a mailbox of one test."""

    endpoint: str
    name: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:16]}")

    def __post_init__(self) -> None:
        self.s3 = s3_client(REGION, self.endpoint)
        self.s3.create_bucket(
            Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self.s3.put_bucket_versioning(
            Bucket=self.name, VersioningConfiguration={"Status": "Enabled"}
        )
        self.dynamodb = self.client("dynamodb")
        create_table(self.dynamodb, self.name)
        self.sqs = self.client("sqs")
        self.mailbox = self.sqs.create_queue(QueueName=self.name)["QueueUrl"]
        sns = self.client("sns")
        self.topic_arn = sns.create_topic(Name=self.name)["TopicArn"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.mailbox, AttributeNames=["QueueArn"])
        sns.subscribe(
            TopicArn=self.topic_arn, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"]
        )
        self._mails: list[dict[str, Any]] = []

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name=REGION, endpoint_url=self.endpoint)

    @property
    def config(self) -> Config:
        return Config.from_env(
            {
                "TABLE_NAME": self.name,
                "AWS_REGION": REGION,
                "AWS_ENDPOINT_URL": self.endpoint,
                "ALERT_TOPIC_ARN": self.topic_arn,
                "API_URL": "http://figures.example",
            }
        )

    @property
    def bucket(self) -> Bucket:
        return Bucket(self.s3, self.name)

    def put(self, key: str, content: bytes) -> str:
        """Put an object; return its version id."""
        return self.s3.put_object(Bucket=self.name, Key=key, Body=content)["VersionId"]

    def with_table[T](self, use: Callable[[Table], Awaitable[T]]) -> T:
        """Run a coroutine that needs the table."""

        async def run() -> T:
            async with Table.open(self.config, RETRY_SECONDS) as table:
                return await use(table)

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

    def mails(self) -> list[dict[str, Any]]:
        """Return every published message: subject, body, attributes."""
        while messages := self.sqs.receive_message(
            QueueUrl=self.mailbox, MaxNumberOfMessages=10
        ).get("Messages"):
            for message in messages:
                envelope = json.loads(message["Body"])
                attributes = envelope.get("MessageAttributes", {})
                self._mails.append(
                    {
                        "subject": envelope["Subject"],
                        "body": envelope["Message"],
                        "attributes": {name: value["Value"] for name, value in attributes.items()},
                    }
                )
                self.sqs.delete_message(
                    QueueUrl=self.mailbox, ReceiptHandle=message["ReceiptHandle"]
                )
        return list(self._mails)


class Context:
    """The members of Lambda's context that the functions read."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = f"arn:aws:lambda:{REGION}:000000000000:function:function"
    aws_request_id = "request"

    def __init__(self, milliseconds: int = 120_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


def s3_event(cloud: Cloud, *objects: tuple[str, str | None]) -> dict[str, Any]:
    """Return an S3 notification about objects: (key as S3 encodes it, version id or None)."""
    return {
        "Records": [
            {
                "eventSource": "aws:s3",
                "eventName": "ObjectCreated:Put",
                "eventTime": "2026-11-23T06:16:48.650Z",
                "s3": {
                    "bucket": {"name": cloud.name},
                    "object": {"key": key} | ({"versionId": version} if version else {}),
                },
            }
            for key, version in objects
        ]
    }


def sqs_event(*bodies: Any) -> dict[str, Any]:
    """Return a batch of SQS; bodies other than strings are encoded as JSON."""
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "handle",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:000000000000:queue",
                "awsRegion": REGION,
            }
            for number, body in enumerate(bodies)
        ]
    }


def stream_event(*images: Any, name: str = "INSERT") -> dict[str, Any]:
    """Return a batch of the table's stream."""
    return {
        "Records": [
            {
                "eventID": str(number),
                "eventName": name,
                "eventSource": "aws:dynamodb",
                "awsRegion": REGION,
                "dynamodb": {
                    "Keys": {"pk": image["pk"], "sk": image["sk"]},
                    "NewImage": image,
                    "SequenceNumber": f"{number + 1:021d}",
                    "StreamViewType": "NEW_IMAGE",
                },
            }
            for number, image in enumerate(images)
        ]
    }
