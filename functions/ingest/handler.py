"""Lambda entry point: S3 notifications, from the queue or bare."""

import asyncio
import json
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.bucket import Bucket, Gone, s3_client
from adapters.settings import Settings
from adapters.table import Table
from adapters.telemetry import logger, metrics
from aquasense import datasets
from aquasense.decoding import Limits
from ingest.events import Put, puts
from ingest.incorporate import incorporate

# Less than a quarter of the function's timeout, so that giving up is still reported.
PATIENCE = 25.0

settings = Settings.from_env()
known = datasets.load(settings.alert_threshold)
s3 = s3_client(settings.region, settings.endpoint_url)
processor = BatchProcessor(event_type=EventType.SQS)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Incorporate every file the event speaks of; answer with what has to be tried again."""
    records = event.get("Records") or []
    if records and records[0].get("eventSource") == "aws:sqs":
        return dict(process_partial_response(event, _message, processor, context))
    _notification(event)
    return {"batchItemFailures": []}


def _message(record: SQSRecord) -> None:
    _notification(json.loads(record.body))


def _notification(notification: dict[str, Any]) -> None:
    for put in puts(notification):
        asyncio.run(_incorporate(put))


async def _incorporate(put: Put) -> None:
    bucket = Bucket(s3, put.bucket)
    logger.append_keys(key=put.key, version_id=put.version_id)
    try:
        upload = bucket.upload(put.key, put.version_id)
        logger.append_keys(correlation_id=upload.id)
        async with Table.open(settings, PATIENCE) as table:
            receipt = await incorporate(bucket, table, known, Limits(), upload)
    except Gone as gone:
        # Deleted before its turn: there is nothing left to incorporate, now or later.
        logger.warning("object version is gone", extra={"detail": str(gone)})
        return
    metrics.add_metric("FilesIncorporated" if not receipt.code else "FilesRejected",
                       MetricUnit.Count, 1)  # fmt: skip
    metrics.add_metric("RowsAccepted", MetricUnit.Count, receipt.accepted)
    metrics.add_metric("RowsRejected", MetricUnit.Count, receipt.rejected)
    logger.info(
        "upload %s", receipt.status,
        extra={name: getattr(receipt, name)
               for name in ("dataset", "code", "accepted", "duplicated", "rejected")},
    )  # fmt: skip
