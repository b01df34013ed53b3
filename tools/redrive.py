"""Put back what ended in the dead-letter queue, once its cause is gone.

A file's notification goes back into the queue it came from. A batch of the table's stream cannot:
the stream forgets after a day. So every event that was not announced is announced now, whether a
dead letter tells of it or not; what was announced, or had nothing to announce, is left alone, and
so is what another event corrected meanwhile.
"""

import asyncio
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters import aws
from adapters.settings import Settings
from adapters.table import Table
from adapters.topic import Topic, sns_client
from aquasense import datasets
from notify.announce import Announcer
from tools import targets
from tools.console import out, run_tool

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient

# Receiving gives ten at the most, and none can mean "none just now".
BATCH, EMPTY_ANSWERS = 10, 3


def redrive(client: "SQSClient", dead_letters: str, queue: str) -> int:
    """Move every file's notification back; how many there were. Batches of the stream just go."""
    moved = empty = 0
    while empty < EMPTY_ANSWERS:
        found = client.receive_message(
            QueueUrl=dead_letters, MaxNumberOfMessages=BATCH, WaitTimeSeconds=1
        ).get("Messages", [])
        empty = 0 if found else empty + 1
        for message in found:
            if "DDBStreamBatchInfo" not in message["Body"]:
                client.send_message(QueueUrl=queue, MessageBody=message["Body"])
                moved += 1
            # Only now: a crash in between leaves it twice, which does no harm, and never lost.
            client.delete_message(QueueUrl=dead_letters, ReceiptHandle=message["ReceiptHandle"])
    return moved


async def announce_missed(settings: Settings) -> int:
    """Announce whatever of this year and the last was not; how many messages that took."""
    sent = 0
    known = datasets.load(settings.alert_threshold)
    topic = Topic(sns_client(settings.region, settings.endpoint_url), settings.alert_topic_arn)
    this_year = datetime.now(UTC).year
    async with Table.open(settings, patience=60.0) as table:
        announcer = Announcer(table, topic, known, settings.api_url, settings.history_days)
        for year in (this_year - 1, this_year):
            async for item in table.happened(year, newest_first=False):
                sent += await announcer.announce(item) is not None
    return sent


def main() -> int:
    target = targets.find(os.environ.get("ENV") or "local")
    with targets.readable_errors():
        moved = redrive(
            aws.client("sqs", target.region, target.endpoint),
            target.outputs["DeadLetterQueueUrl"],
            target.outputs["IngestQueueUrl"],
        )
        sent = asyncio.run(announce_missed(target.settings))
    out.print(f"{moved} files put back into the queue, {sent} missed alerts sent")
    return 0


if __name__ == "__main__":
    run_tool(main)
