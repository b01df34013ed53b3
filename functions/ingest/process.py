"""Process one object event: ingest a new version, or withdraw a deleted one."""

from datetime import UTC, datetime

from adapters.observability import logger
from adapters.s3 import Gone
from ingest import report
from ingest.events import ObjectCreated, ObjectRemoved
from ingest.incorporate import Ingest
from ingest.withdraw import withdraw_deleted_version, withdraw_partial_upload


async def process_event(ingest: Ingest, event: ObjectCreated | ObjectRemoved) -> None:
    """Bring the table up to date with one event, and report every withdrawn upload."""
    # The correlation id is that of the previous upload until this one's is known.
    logger.append_keys(correlation_id=None, key=event.key, version_id=event.version_id)
    if isinstance(event, ObjectCreated):
        withdrawn = await _ingest_version(ingest, event)
    elif event.permanent:
        withdrawn = await withdraw_deleted_version(ingest.bucket, ingest.table, event)
    else:
        withdrawn = await ingest.apply_deletions(event.key)
    report.withdrawn(withdrawn)


async def _ingest_version(ingest: Ingest, event: ObjectCreated) -> list[str]:
    """Ingest the version; return the uploads that a deletion meanwhile withdraws."""
    try:
        upload = ingest.bucket.find_version(event.key, event.version_id).upload
        logger.append_keys(correlation_id=upload.id)
        await ingest.ingest(upload)
        return await ingest.apply_deletions(upload.key, upload.version_id)
    except Gone as error:
        # Deleted permanently before or during this run: nothing to ingest, now or later. Rows that
        # this run or an earlier one wrote must not count.
        logger.warning("object version is gone", extra={"detail": str(error)})
    if event.version_id is None:
        return []
    return await withdraw_partial_upload(
        ingest.table, ingest.datasets, event.key, event.version_id, datetime.now(UTC)
    )
