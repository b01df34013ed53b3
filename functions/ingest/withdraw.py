"""An object version that was deleted for good, so that the bucket no longer tells of it."""

import asyncio
from datetime import datetime

from adapters.bucket import Bucket
from adapters.table import Table
from aquasense.datasets import Datasets, UnknownDataset
from aquasense.days import FIRST_DAY, LAST_DAY
from aquasense.receipts import unfinished
from aquasense.versions import Withdrawal, digest, upload_id
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


async def leftovers(
    table: Table, datasets: Datasets, key: str, version_id: str, at: datetime
) -> list[str]:
    """Withdraw the rows of an object version that went for good before all of it was in.

    Its upload may have no receipt, and rows that came after the notification of its deletion.

    Args:
        table: where the rows may be.
        datasets: of which the key tells one.
        key, version_id: of the object version; the bucket has it no longer.
        at: the moment at which that was noticed.
    """
    try:
        dataset = datasets.of_key(key).name
    except UnknownDataset:
        return []
    end, order = digest(key, version_id), upload_id(key, f"{version_id} deleted", at, 0)
    found: dict[str, list[str]] = {}
    # Year by year, because the index of months may lack those of rows that were cut short.
    for year in range(FIRST_DAY.year, LAST_DAY.year + 1):
        for version in await table.versions(
            dataset, f"{year}-01-01", f"{year}-12-31", consistent=True
        ):
            if version.order.endswith(end) and not version.withdrawn:
                found.setdefault(version.order, []).append(version.date)
    for upload, dates in found.items():
        # All of its dates: what the receipt says of them may be less than what is there.
        receipt = unfinished(upload, dataset, key, version_id, dates)
        await table.withdraw(Withdrawal(upload, order), receipt)
    return list(found)
