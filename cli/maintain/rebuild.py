"""Build the table from the bucket: after a loss, or for files older than the stack.

It ingests the uploads in order with the code of the functions, and skips uploads that have a
receipt, so it can be stopped and restarted (FORCE=1 skips none). The alert ledger is filled without
sending mails.
"""

import asyncio

from adapters.config import Config
from adapters.s3 import Bucket, Gone, ObjectStore, StoredVersion, s3_client
from adapters.sns import Topic, sns_client
from adapters.table import Table
from aquasense import datasets
from cli import targets
from cli.console import Failure, out, show_count
from ingest.ingester import Ingester
from notify.announce import Announcer


async def rebuild(config: Config, bucket: Bucket, *, force: bool) -> tuple[int, int]:
    """Ingest every object version.

    Returns:
        The number of ingested uploads, and of those that were in the table already.
    """
    uploads = sorted(bucket.list_all_versions(), key=lambda stored: stored.upload.id)
    done = skipped = 0
    async with Table.open(config, retry_seconds=60.0) as table:
        registered = datasets.load_datasets(config.alert_threshold)
        store = ObjectStore(s3_client(config.region, config.endpoint_url), config.receipts_bucket)
        ingester = Ingester(bucket, table, store, registered, config.limits)
        # The topic is never used: record() does not publish.
        topic = Topic(sns_client(config.region, config.endpoint_url), config.alert_topic_arn)
        announcer = Announcer(table, topic, registered, config.api_url, config.history_days)
        with show_count("Rebuilding", len(uploads)) as advance:
            for stored in uploads:
                if not force and await table.read_receipt(stored.upload.id) is not None:
                    skipped += 1
                elif await _ingest(ingester, announcer, stored):
                    done += 1
                advance(stored.upload.key)
        # Withdrawals after all uploads: the versions that become current must exist.
        for stored in uploads:
            if stored.withdrawal:
                await _withdraw(ingester, announcer, stored, force=force)
    return done, skipped


async def _ingest(ingester: Ingester, announcer: Announcer, stored: StoredVersion) -> bool:
    upload_id = stored.upload.id
    # Before the receipt invokes the notify function, so that it has nothing to send.
    await ingester.table.mark_sent(upload_id)
    try:
        await ingester.ingest_upload(stored.upload)
    except Gone:
        return False
    await _record(announcer, ingester.table, upload_id)
    return True


async def _withdraw(
    ingester: Ingester, announcer: Announcer, stored: StoredVersion, *, force: bool
) -> None:
    withdrawal = stored.withdrawal
    receipt = await ingester.table.read_receipt(stored.upload.id)
    if withdrawal is None or receipt is None:
        return
    event_id = withdrawal.event_id
    if not force and await ingester.table.read_event(event_id) is not None:
        return
    await ingester.table.mark_sent(event_id)
    await ingester.table.withdraw(withdrawal, receipt)
    await _record(announcer, ingester.table, event_id)


async def _record(announcer: Announcer, table: Table, event_id: str) -> None:
    item = await table.read_event(event_id)
    if item is not None:
        await announcer.record(item)


def rebuild_table(environment: str, cloud_port: int | None, *, force: bool) -> None:
    """Rebuild the table of an environment."""
    target = targets.find(environment, cloud_port)
    client = s3_client(target.region, target.endpoint)
    bucket = Bucket(client, target.outputs["RawBucketName"])
    with targets.readable_errors():
        done, skipped = asyncio.run(rebuild(target.config, bucket, force=force))
    out.print(f"{done} uploads rebuilt, {skipped} were there already")
    if not done and not skipped:
        raise Failure("The bucket is empty", 0)
