"""Resources on an emulator for one run of the functions, and calls of the functions."""

import json
import uuid
from dataclasses import dataclass, field

from tests.emulated import create_table
from tests.integration.cloud import REGION, sqs_event, stream_event

NONE_FAILED = {"batchItemFailures": []}


@dataclass
class Scene:
    """The table, topic and mailbox of one run; all runs of a test share a bucket."""

    cloud: object
    run: object
    name: str = field(default_factory=lambda: f"k{uuid.uuid4().hex[:12]}")

    def __post_init__(self):
        create_table(self.cloud.dynamodb, self.name)
        self.mailbox = self.cloud.sqs.create_queue(QueueName=f"{self.name}-mail")["QueueUrl"]
        sns = self.cloud.client("sns")
        self.topic = sns.create_topic(Name=self.name)["TopicArn"]
        arn = self.cloud.sqs.get_queue_attributes(
            QueueUrl=self.mailbox, AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        self._delivered = set()

    def job(self, function, event, **more):
        env = {
            "TABLE_NAME": self.name,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.cloud.endpoint,
            "ALERT_TOPIC_ARN": self.topic,
            "RECEIPTS_BUCKET": self.cloud.name,
        }
        job = {"function": function, "event": event, "env": env, "call": 0, "when": ""} | more
        return self.run(job)

    def ingest(self, event, **more):
        return self.job("ingest", sqs_event(event), **more)

    def ingest_completely(self, event, **more):
        """Ingest an event without a fault."""
        assert self.ingest(event, **more)["answer"] == NONE_FAILED

    def items(self):
        pages = self.cloud.dynamodb.get_paginator("scan").paginate(TableName=self.name)
        return {
            (item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]
        }

    def projection(self):
        return {
            key: item
            for key, item in self.items().items()
            if not key[0].startswith(("alerts#", "sent#"))
        }

    def records(self):
        """Return the new upload records in the stream's order, without those returned before."""
        records = [
            item for key, item in sorted(self.items().items())
            if key[0].startswith("uploads#") and key not in self._delivered
        ]  # fmt: skip
        self._delivered |= {(item["pk"]["S"], item["sk"]["S"]) for item in records}
        return records

    def notify(self, **more):
        """Announce every new upload record."""
        return self.job("notify", stream_event(*self.records()), **more)

    def mails(self):
        """Receive the messages, and return (upload id, body) of each."""
        mails = []
        while received := self.cloud.sqs.receive_message(
            QueueUrl=self.mailbox, MaxNumberOfMessages=10
        ).get("Messages"):
            for message in received:
                self.cloud.sqs.delete_message(
                    QueueUrl=self.mailbox, ReceiptHandle=message["ReceiptHandle"]
                )
            mails += [json.loads(message["Body"]) for message in received]
        return [(mail["MessageAttributes"]["upload"]["Value"], mail["Message"]) for mail in mails]

    def receipts(self):
        """Return the receipts in the bucket, by key."""
        page = self.cloud.s3.list_objects_v2(Bucket=self.cloud.name, Prefix="receipts/")
        return {
            entry["Key"]: json.loads(
                self.cloud.s3.get_object(Bucket=self.cloud.name, Key=entry["Key"])["Body"].read()
            )
            for entry in page.get("Contents", [])
        }


def put_event(cloud, key, version, name="ObjectCreated:Put"):
    return {
        "Records": [
            {
                "eventName": name,
                "eventTime": "2026-11-23T06:16:48.650Z",
                "s3": {
                    "bucket": {"name": cloud.name},
                    "object": {"key": key, "versionId": version},
                },
            }
        ]
    }
