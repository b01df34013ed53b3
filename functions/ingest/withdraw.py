"""An object version that was deleted for good, so that the bucket no longer tells of it."""

import asyncio

from adapters.bucket import Bucket
from adapters.table import Table
from aquasense.versions import Withdrawal, upload_id
from ingest.events import Removed


async def removed_for_good(bucket: Bucket, table: Table, removed: Removed) -> list[str]:
    """Withdraw the uploads whose object version is gone; the ids of those that were not yet.

    The place of such a withdrawal in the order follows from the notification, there being nothing
    else left. A rebuild from the bucket does not know the upload at all; both have no row of it.
    """
    history = await asyncio.to_thread(bucket.history, removed.key)
    kept = {stored.upload.version_id for stored in history}
    gone = [
        receipt
        for receipt in await table.receipts_of(removed.key, removed.at.year)
        if receipt.version_id not in kept and removed.version_id in (None, receipt.version_id)
    ]
    order = upload_id(removed.key, f"{removed.version_id} deleted", removed.at, 0)
    withdrawals = [(Withdrawal(receipt.id, order), receipt) for receipt in gone]
    return [to.upload_id for to, receipt in withdrawals if await table.withdraw(to, receipt)]
