"""Lambda entry point: S3 notifications, from the queue or bare."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.bucket import Bucket, Gone, Store, s3_client
from adapters.queue import Queue, sqs_client
from adapters.settings import Settings
from adapters.table import Table
from adapters.telemetry import logged, logger, metrics
from aquasense import datasets
from aquasense.receipts import Receipt
from aquasense.versions import Upload
from ingest import report
from ingest.events import Put, Removed, happenings
from ingest.incorporate import Ingest, Progress
from ingest.withdraw import leftovers, removed_for_good

# Less than a quarter of the function's timeout, so that giving up is still reported.
PATIENCE = 25.0
# What is kept back of the timeout for handing the rest of a file on.
RESERVE_MILLISECONDS = 40_000
# Lambda stops a function that wakes itself through a queue some 16 times in a row, and that
# protection stays on: a file has to be surveyed in fewer runs than that. The others are for writing
# its rows, of which there is one a day at the most (docs/performance.md has how long that takes).
MAX_HOPS = 10

settings = Settings.from_env()
known = datasets.load(settings.alert_threshold)
s3 = s3_client(settings.region, settings.endpoint_url)
store = Store(s3, settings.receipts_bucket) if settings.receipts_bucket else None
queue = Queue(sqs_client(settings.region, settings.endpoint_url), settings.queue_url)
processor = BatchProcessor(event_type=EventType.SQS)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Incorporate every file the event speaks of; answer with what has to be tried again."""

    def out_of_time() -> bool:
        return context.get_remaining_time_in_millis() < RESERVE_MILLISECONDS

    def message(record: SQSRecord) -> None:
        with logged():
            _notification(json.loads(record.body), out_of_time)

    records = event.get("Records") or []
    if records and records[0].get("eventSource") == "aws:sqs":
        return dict(process_partial_response(event, message, processor, context))
    _notification(event, out_of_time)
    return {"batchItemFailures": []}


def _notification(notification: dict[str, Any], out_of_time: Callable[[], bool]) -> None:
    for happening in happenings(notification):
        about = {"key": happening.key, "version_id": happening.version_id}
        # The correlation id is that of another upload until this one's is known.
        logger.append_keys(correlation_id=None, **about)
        if isinstance(happening, Put):
            asyncio.run(_put(happening, out_of_time))
        else:
            asyncio.run(_removed(happening))


async def _put(put: Put, out_of_time: Callable[[], bool]) -> None:
    bucket = Bucket(s3, put.bucket)
    try:
        upload = bucket.stored(put.key, put.version_id).upload
        logger.append_keys(correlation_id=upload.id)
        async with Table.open(settings, PATIENCE) as table:
            ingest = Ingest(bucket, table, store, known, settings.limits, report.incorporated)
            found = await ingest.incorporate(
                upload, _begun(put), out_of_time, last_run=put.hop >= MAX_HOPS
            )
            if isinstance(found, Receipt):
                # It may have been deleted while its rows were being written.
                report.withdrawn(await ingest.settle(upload.key, upload.version_id))
    except Gone as gone:
        # Deleted for good, before its turn or in it: there is nothing left to incorporate, now or
        # later. What an earlier attempt or this one wrote must not hold.
        logger.warning("object version is gone", extra={"detail": str(gone)})
        await _clear(put)
        return
    if isinstance(found, Progress):
        _hand_on(put, upload, found)


async def _clear(put: Put) -> None:
    if put.version_id:
        async with Table.open(settings, PATIENCE) as table:
            now = datetime.now(UTC)
            report.withdrawn(await leftovers(table, known, put.key, put.version_id, now))


async def _removed(removed: Removed) -> None:
    async with Table.open(settings, PATIENCE) as table:
        bucket = Bucket(s3, removed.bucket)
        if removed.for_good:
            withdrawn = await removed_for_good(bucket, table, removed)
        else:
            withdrawn = await Ingest(bucket, table, store, known, settings.limits).settle(
                removed.key
            )
    report.withdrawn(withdrawn)


def _begun(put: Put) -> Progress | None:
    dumped = store.get(put.progress) if store and put.progress else None
    return Progress.load(dumped) if dumped else None


def _hand_on(put: Put, upload: Upload, progress: Progress) -> None:
    if not store or not settings.queue_url:
        raise RuntimeError("the file needs another run, and RECEIPTS_BUCKET or INGEST_QUEUE_URL "
                           "is not set")  # fmt: skip
    name = f"progress/{upload.id}/{progress.surveyed.lines}-{progress.written}"
    store.put(name, progress.dump())
    rest = replace(put, version_id=upload.version_id, progress=name, hop=put.hop + 1)
    queue.send({"resume": asdict(rest)})
    metrics.add_metric("FilesHandedOn", MetricUnit.Count, 1)
    logger.info("handed on", extra={"lines": progress.surveyed.lines, "hop": put.hop + 1})
