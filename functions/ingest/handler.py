"""Lambda entry point: S3 notifications, from the SQS queue or direct."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.config import Config
from adapters.observability import logger, metrics
from adapters.records import LoggingProcessor
from adapters.s3 import Bucket, ObjectStore, s3_client
from adapters.table import Table
from aquasense import datasets
from ingest.events import ObjectCreated, ObjectRemoved, parse_notification
from ingest.ingester import Ingester
from ingest.process import process_event
from ingest.report import report_receipt

# Far less than the function's timeout, so that the failure is logged.
RETRY_SECONDS = 25.0

config = Config.from_env()
catalog = datasets.load_datasets(config.alert_threshold)
s3 = s3_client(config.region, config.endpoint_url)
store = ObjectStore(s3, config.receipts_bucket) if config.receipts_bucket else None
processor = LoggingProcessor(event_type=EventType.SQS)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Ingest the files of the event; return the messages to retry."""
    records = event.get("Records") or []
    if records and records[0].get("eventSource") == "aws:sqs":
        return dict(process_partial_response(event, _handle_message, processor, context))
    _handle_notification(event)
    return {"batchItemFailures": []}


def _handle_message(record: SQSRecord) -> None:
    _handle_notification(json.loads(record.body))


def _handle_notification(notification: Mapping[str, Any]) -> None:
    for event in parse_notification(notification):
        asyncio.run(handle_event(event))


async def handle_event(event: ObjectCreated | ObjectRemoved) -> None:
    """Process one object event with the clients of this module."""
    async with Table.open(config, RETRY_SECONDS) as table:
        bucket = Bucket(s3, event.bucket)
        ingester = Ingester(bucket, table, store, catalog, config.limits, report_receipt)
        await process_event(ingester, event)
