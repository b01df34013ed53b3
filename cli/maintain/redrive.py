"""Move messages of the dead-letter queue back, once their cause is fixed.

A file's notification goes back into its queue. A batch of the table's stream cannot, since the
stream keeps records for one day. So every event without its alert is announced now, with or without
a dead letter, unless a later event has corrected it.
"""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters import aws
from adapters.config import Config
from adapters.sns import Topic, sns_client
from adapters.table import Table
from aquasense import datasets
from cli import targets
from cli.console import out
from notify.announce import Announcer

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

# A receive returns at most ten messages, and can return none although there are some.
BATCH, EMPTY_ANSWERS = 10, 3


def redrive(client: "SQSClient", dead_letters: str, queue: str) -> int:
    """Move every file's notification back, delete batches of the stream, and return the count."""
    moved = empty = 0
    while empty < EMPTY_ANSWERS:
        messages = client.receive_message(
            QueueUrl=dead_letters, MaxNumberOfMessages=BATCH, WaitTimeSeconds=1
        ).get("Messages", [])
        empty = 0 if messages else empty + 1
        for message in messages:
            if "DDBStreamBatchInfo" not in message["Body"]:
                client.send_message(QueueUrl=queue, MessageBody=message["Body"])
                moved += 1
            # After sending: a crash in between duplicates the message, which is harmless.
            client.delete_message(QueueUrl=dead_letters, ReceiptHandle=message["ReceiptHandle"])
    return moved


async def announce_missed(config: Config) -> int:
    """Announce the missed events of this year and the last, and return the number of messages."""
    sent = 0
    registered = datasets.load_datasets(config.alert_threshold)
    topic = Topic(sns_client(config.region, config.endpoint_url), config.alert_topic_arn)
    this_year = datetime.now(UTC).year
    async with Table.open(config, retry_seconds=60.0) as table:
        announcer = Announcer(table, topic, registered, config.api_url, config.history_days)
        for year in (this_year - 1, this_year):
            async for item in table.iterate_events(year, newest_first=False):
                sent += await announcer.announce(item) is not None
    return sent


def redrive_all(environment: str, cloud_port: int | None) -> None:
    """Put files back into the queue, and send missed alerts."""
    target = targets.find(environment, cloud_port)
    with targets.readable_errors():
        moved = redrive(
            aws.create_client("sqs", target.region, target.endpoint),
            target.outputs["DeadLetterQueueUrl"],
            target.outputs["IngestQueueUrl"],
        )
        sent = asyncio.run(announce_missed(target.config))
    out.print(f"{moved} files put back into the queue, {sent} missed alerts sent")
