"""Move messages of the dead-letter queue back, once their cause is fixed.

A file's notification goes back into its queue. A batch of the table's stream cannot, since the
stream keeps records for one day. So every event without its alert is announced now, with or without
a dead letter, unless a later event has corrected it. Any other message stays.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from adapters import aws
from adapters.config import Config
from adapters.sns import Topic, sns_client
from adapters.table import Table
from aquasense import datasets
from cli import targets
from cli.console import err, out, print_json
from ingest.events import parse_notification
from notify.announce import Announcer

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient
    from types_boto3_sqs.type_defs import MessageTypeDef

# A receive returns at most ten messages, and can return none although there are some.
BATCH, EMPTY_ANSWERS = 10, 3
# Characters of an unreadable message that are shown.
SHOWN = 200
FILE, ALERTS, OTHER = "file", "alerts", "other"


@dataclass(slots=True)
class Redriven:
    """The outcome of a redrive.

    Attributes:
        files: number of files' notifications that were moved back.
        alert_batches: number of batches of the stream that were deleted.
        kept: the messages that stay, by message id.
    """

    files: int = 0
    alert_batches: int = 0
    kept: "dict[str, MessageTypeDef]" = field(default_factory=dict)


def redrive(client: "SQSClient", dead_letters: str, queue: str) -> Redriven:
    """Move every file's notification back, delete batches of the stream, and keep the rest."""
    result = Redriven()
    try:
        for message in _receive(client, dead_letters, result.kept):
            kind = classify(message["Body"])
            if kind == OTHER:
                result.kept[message["MessageId"]] = message
                continue
            if kind == FILE:
                client.send_message(QueueUrl=queue, MessageBody=message["Body"])
            # After sending: a crash in between duplicates the message, which is harmless.
            client.delete_message(QueueUrl=dead_letters, ReceiptHandle=message["ReceiptHandle"])
            result.files += kind == FILE
            result.alert_batches += kind == ALERTS
    finally:
        for message in result.kept.values():
            # Visible again at once, for the next redrive and for the alarm; it fails if the
            # message is visible already.
            with suppress(ClientError):
                client.change_message_visibility(
                    QueueUrl=dead_letters,
                    ReceiptHandle=message["ReceiptHandle"],
                    VisibilityTimeout=0,
                )
    return result


def classify(body: str) -> str:
    """Return the kind of a message: FILE, ALERTS or OTHER."""
    try:
        content = json.loads(body)
        if "DDBStreamBatchInfo" in content:
            return ALERTS
        return FILE if list(parse_notification(content)) else OTHER
    except (ValueError, KeyError, TypeError, AttributeError):
        return OTHER


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


def redrive_all(environment: str, cloud_port: int | None, *, as_json: bool = False) -> bool:
    """Put files back into the queue, send missed alerts, and print what stays.

    Returns:
        True if no message stays.
    """
    target = targets.find(environment, cloud_port)
    with targets.readable_errors():
        result = redrive(
            aws.create_client("sqs", target.region, target.endpoint),
            target.outputs["DeadLetterQueueUrl"],
            target.outputs["IngestQueueUrl"],
        )
        sent = asyncio.run(announce_missed(target.config))
    kept = [_describe(message) for message in result.kept.values()]
    if as_json:
        counts = {"files": result.files, "alert_batches": result.alert_batches, "alerts": sent}
        print_json(counts | {"kept": kept})
        return not kept
    out.print(f"{result.files} files put back into the queue, {sent} missed alerts sent")
    for message in kept:
        err.print(
            f"stays in the queue, since it is no notification of a file: {message['id']} of "
            f"{message['sent_at']}: {message['body']!r}",
            markup=False,
        )
    return not kept


def _receive(
    client: "SQSClient", queue: str, kept: "dict[str, MessageTypeDef]"
) -> "Iterator[MessageTypeDef]":
    """Yield the messages of a queue, each once; update the handles of those that are kept."""
    empty = 0
    while empty < EMPTY_ANSWERS:
        messages = client.receive_message(
            QueueUrl=queue,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["SentTimestamp"],
        ).get("Messages", [])
        again = [message for message in messages if message["MessageId"] in kept]
        kept |= {message["MessageId"]: message for message in again}
        fresh = [message for message in messages if message not in again]
        # A message that is seen again became visible meanwhile: the queue has no other.
        empty = 0 if fresh else empty + 1
        yield from fresh


def _describe(message: "MessageTypeDef") -> dict[str, str]:
    milliseconds = int(message.get("Attributes", {}).get("SentTimestamp", 0))
    return {
        "id": message["MessageId"],
        "sent_at": datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds"),
        "body": message["Body"][:SHOWN],
    }
