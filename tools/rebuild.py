"""Build the table from the bucket alone: after a loss, or for files older than the stack.

It goes through the uploads in their order, with the code the functions run, and skips what has
its receipt already, so it can be stopped and started again (FORCE=1 skips nothing). The ledger of
alerts is filled on the way, silently: nobody is told again what happened long ago.
"""

import asyncio
import os

from adapters.bucket import Bucket, Gone, Store, StoredVersion, s3_client
from adapters.settings import Settings
from adapters.table import Table
from adapters.topic import Topic, sns_client
from aquasense import datasets
from ingest.incorporate import Ingest
from notify.announce import Announcer
from tools import targets
from tools.console import Failure, counting, out, run_tool


async def rebuild(settings: Settings, bucket: Bucket, *, force: bool) -> tuple[int, int]:
    """Incorporate every object version there is.

    Returns:
        How many uploads were done, and how many were there already.
    """
    uploads = sorted(bucket.everything(), key=lambda stored: stored.upload.id)
    done = skipped = 0
    async with Table.open(settings, patience=60.0) as table:
        known = datasets.load(settings.alert_threshold)
        store = Store(s3_client(settings.region, settings.endpoint_url), settings.receipts_bucket)
        ingest = Ingest(bucket, table, store, known, settings.limits)
        # The topic is never used: record() tells nobody.
        topic = Topic(sns_client(settings.region, settings.endpoint_url), settings.alert_topic_arn)
        announcer = Announcer(table, topic, known, settings.api_url, settings.history_days)
        with counting("Rebuilding", len(uploads)) as counted:
            for stored in uploads:
                if not force and await table.receipt(stored.upload.id) is not None:
                    skipped += 1
                elif await _incorporate(ingest, announcer, stored):
                    done += 1
                counted(stored.upload.key)
        # Withdrawals after all uploads: what holds again has to be there.
        for stored in uploads:
            if stored.withdrawal:
                await _withdraw(ingest, announcer, stored, force=force)
    return done, skipped


async def _incorporate(ingest: Ingest, announcer: Announcer, stored: StoredVersion) -> bool:
    upload_id = stored.upload.id
    # Before the receipt wakes the notify function, so that it finds nothing left to do.
    await ingest.table.mark_sent(upload_id)
    try:
        await ingest.ingest(stored.upload)
    except Gone:
        return False
    await _record(announcer, ingest.table, upload_id)
    return True


async def _withdraw(
    ingest: Ingest, announcer: Announcer, stored: StoredVersion, *, force: bool
) -> None:
    withdrawal = stored.withdrawal
    receipt = await ingest.table.receipt(stored.upload.id)
    if withdrawal is None or receipt is None:
        return
    event_id = withdrawal.event_id
    if not force and await ingest.table.item(event_id) is not None:
        return
    await ingest.table.mark_sent(event_id)
    await ingest.table.withdraw(withdrawal, receipt)
    await _record(announcer, ingest.table, event_id)


async def _record(announcer: Announcer, table: Table, event_id: str) -> None:
    item = await table.item(event_id)
    if item is not None:
        await announcer.record(item)


def main() -> int:
    target = targets.find(os.environ.get("ENV") or "local")
    client = s3_client(target.region, target.endpoint)
    bucket = Bucket(client, target.outputs["RawBucketName"])
    with targets.readable_errors():
        done, skipped = asyncio.run(
            rebuild(target.settings, bucket, force=bool(os.environ.get("FORCE")))
        )
    out.print(f"{done} uploads rebuilt, {skipped} were there already")
    if not done and not skipped:
        raise Failure("The bucket is empty", 0)
    return 0


if __name__ == "__main__":
    run_tool(main)
