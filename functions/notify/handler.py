"""Lambda entry point: receipts and withdrawals from the table's stream."""

import asyncio
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.config import Config
from adapters.observability import logger, metrics
from adapters.records import LoggingProcessor
from adapters.sns import Topic, sns_client
from adapters.table import Table
from aquasense import datasets
from notify.announce import Announcer

RETRY_SECONDS = 15.0
KINDS = ("upload", "withdrawal")

config = Config.from_env()
catalog = datasets.load_datasets(config.alert_threshold)
topic = Topic(sns_client(config.region, config.endpoint_url), config.alert_topic_arn)
processor = LoggingProcessor(event_type=EventType.DynamoDBStreams)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Announce the events of a batch; return the records to retry."""
    return dict(process_partial_response(event, _handle_record, processor, context))


def _handle_record(record: DynamoDBRecord) -> None:
    image = record.dynamodb.new_image if record.dynamodb else None
    # The event source mapping filters; a direct invocation does not.
    if image and image.get("kind") in KINDS and record.raw_event["eventName"] == "INSERT":
        asyncio.run(_announce(image))


async def _announce(item: dict[str, Any]) -> None:
    logger.append_keys(
        correlation_id=item.get("upload", item["sk"]),
        event=item["sk"],
        key=item["file"],
        dataset=item.get("dataset"),
    )
    async with Table.open(config, RETRY_SECONDS) as table:
        announcer = Announcer(table, topic, catalog, config.api_url, config.history_days)
        email = await announcer.announce(item)
    metrics.add_metric("AlertMessages", MetricUnit.Count, int(email is not None))
    extra = email.attributes if email else {}
    logger.info("announced" if email else "nothing to announce", extra=extra)
