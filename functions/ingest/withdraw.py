"""Withdraw uploads whose object version was deleted permanently."""

import asyncio
from datetime import datetime

from aquasense.datasets import UnknownDataset
from aquasense.dates import FIRST_DAY, LAST_DAY
from aquasense.uploads.identity import Withdrawal, build_upload_id, digest_version
from aquasense.uploads.receipts import build_partial_receipt
from ingest.events import ObjectRemoved
from ingest.ingester import Ingester


async def withdraw_deleted_version(ingester: Ingester, removed: ObjectRemoved) -> list[str]:
    """Withdraw the ingested uploads of the key whose object version no longer exists.

    Their receipts are deleted from the bucket of receipts, because they have texts of the file.

    The deletion id is derived from the notification, because the bucket keeps no record of a
    deleted version. A rebuild from the bucket does not see the upload: in both cases no reading of
    it is current.

    Returns:
        Ids of the uploads that were not withdrawn before.
    """
    history = await asyncio.to_thread(ingester.bucket.list_versions, removed.key)
    existing = {stored.upload.version_id for stored in history}
    deleted = [
        receipt
        for receipt in await ingester.table.read_receipts(removed.key, removed.time.year)
        if receipt.version_id not in existing and removed.version_id in (None, receipt.version_id)
    ]
    for receipt in deleted:
        await ingester.delete_receipt(receipt.id)
    deletion_id = build_deletion_id(removed.key, removed.version_id, removed.time)
    return await ingester.table.withdraw(
        {Withdrawal(receipt.id, deletion_id): receipt for receipt in deleted}
    )


async def withdraw_partial_upload(
    ingester: Ingester, key: str, version_id: str, time: datetime
) -> list[str]:
    """Withdraw the rows of an object version that was deleted while it was ingested.

    The upload may have no receipt, and its rows may be written after the notification of the
    deletion was processed.

    Args:
        ingester: of the bucket.
        key, version_id: of the deleted object version.
        time: when the deletion was noticed.

    Returns:
        Ids of the withdrawn uploads.
    """
    try:
        dataset = ingester.datasets.for_key(key).name
    except UnknownDataset:
        return []
    suffix = digest_version(key, version_id)
    deletion_id = build_deletion_id(key, version_id, time)
    dates: dict[str, list[str]] = {}
    # Every year, because an interrupted run may have written rows without their months.
    for year in range(FIRST_DAY.year, LAST_DAY.year + 1):
        for row in await ingester.table.read_rows(dataset, key, f"{year}-01-01", f"{year}-12-31"):
            if row.upload_id.endswith(suffix) and not row.deletion_id:
                dates.setdefault(row.upload_id, []).append(row.date)
    for upload_id, written in dates.items():
        # An existing receipt may cover fewer dates than those written.
        receipt = build_partial_receipt(upload_id, dataset, key, version_id, written)
        await ingester.table.withdraw({Withdrawal(upload_id, deletion_id): receipt})
        await ingester.delete_receipt(upload_id)
    return list(dates)


def build_deletion_id(key: str, version_id: str | None, time: datetime) -> str:
    """Return the deletion id of an object version that was deleted permanently."""
    return build_upload_id(key, f"{version_id} deleted", time, 0)
