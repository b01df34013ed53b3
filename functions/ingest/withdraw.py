"""Withdraw uploads whose object version was deleted permanently."""

import asyncio
from datetime import datetime

from adapters.s3 import Bucket
from adapters.table import Table
from aquasense.datasets import Datasets, UnknownDataset
from aquasense.dates import FIRST_DAY, LAST_DAY
from aquasense.uploads.identity import Withdrawal, build_upload_id, digest_version
from aquasense.uploads.receipts import build_partial_receipt
from ingest.events import ObjectRemoved


async def withdraw_deleted_version(
    bucket: Bucket, table: Table, removed: ObjectRemoved
) -> list[str]:
    """Withdraw the uploads whose object version is gone; return the newly withdrawn ids.

    The order of such a withdrawal follows from the notification, because the bucket keeps nothing
    of a deleted version. A rebuild from the bucket does not see the upload: either way the table
    has no current row of it.
    """
    history = await asyncio.to_thread(bucket.list_versions, removed.key)
    existing = {stored.upload.version_id for stored in history}
    deleted = [
        receipt
        for receipt in await table.read_receipts(removed.key, removed.at.year)
        if receipt.version_id not in existing and removed.version_id in (None, receipt.version_id)
    ]
    order = _deletion_order(removed.key, removed.version_id, removed.at)
    return [
        receipt.id
        for receipt in deleted
        if await table.withdraw(Withdrawal(receipt.id, order), receipt)
    ]


async def withdraw_partial_upload(
    table: Table, datasets: Datasets, key: str, version_id: str, at: datetime
) -> list[str]:
    """Withdraw the rows of an object version that was deleted while it was ingested.

    Its upload may have no receipt, and its rows may be newer than the notification of the deletion.

    Args:
        table: with the rows.
        datasets: the configuration.
        key, version_id: of the deleted object version.
        at: when the deletion was noticed.
    """
    try:
        dataset = datasets.for_key(key).name
    except UnknownDataset:
        return []
    suffix, order = digest_version(key, version_id), _deletion_order(key, version_id, at)
    dates: dict[str, list[str]] = {}
    # Year by year, because the index of months may lack months of an interrupted run.
    for year in range(FIRST_DAY.year, LAST_DAY.year + 1):
        for version in await table.read_versions(
            dataset, f"{year}-01-01", f"{year}-12-31", consistent=True
        ):
            if version.upload_id.endswith(suffix) and not version.deletion_id:
                dates.setdefault(version.upload_id, []).append(version.date)
    for upload, written in dates.items():
        # All dates that were written: a receipt may list fewer.
        receipt = build_partial_receipt(upload, dataset, key, version_id, written)
        await table.withdraw(Withdrawal(upload, order), receipt)
    return list(dates)


def _deletion_order(key: str, version_id: str | None, at: datetime) -> str:
    return build_upload_id(key, f"{version_id} deleted", at, 0)
