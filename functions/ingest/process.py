"""Process one object event: ingest a new version, or withdraw a deleted one."""

from datetime import UTC, datetime

from adapters.observability import logger
from adapters.s3 import Gone
from ingest.events import ObjectCreated, ObjectRemoved
from ingest.ingester import Ingester
from ingest.report import report_withdrawals
from ingest.withdraw import withdraw_deleted_version, withdraw_partial_upload


async def process_event(ingester: Ingester, event: ObjectCreated | ObjectRemoved) -> None:
    """Update the table after one object event, and report every withdrawn upload."""
    # Clears the correlation id of the previous event.
    logger.append_keys(correlation_id=None, key=event.key, version_id=event.version_id)
    if isinstance(event, ObjectCreated):
        withdrawn = await _ingest_version(ingester, event)
    elif event.permanent:
        withdrawn = await withdraw_deleted_version(ingester, event)
    else:
        withdrawn = await ingester.apply_deletions(event.key)
    report_withdrawals(withdrawn)


async def _ingest_version(ingester: Ingester, event: ObjectCreated) -> list[str]:
    """Ingest an object version; return the ids of the uploads withdrawn by a deletion."""
    upload = None
    try:
        upload = ingester.bucket.find_version(event.key, event.version_id).upload
        logger.append_keys(correlation_id=upload.id)
        await ingester.ingest_upload(upload)
        return await ingester.apply_deletions(upload.key, upload.version_id)
    except Gone as error:
        # Deleted permanently before or during this run: a retry would not help. Rows that this run
        # or an earlier one wrote are withdrawn.
        logger.warning("object version is gone", extra={"detail": str(error)})
    if upload:
        await ingester.delete_receipt(upload.id)
    if event.version_id is None:
        return []
    return await withdraw_partial_upload(ingester, event.key, event.version_id, datetime.now(UTC))
