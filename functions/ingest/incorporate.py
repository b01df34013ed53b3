"""Ingest one object version: from its bytes to its rows and its receipt.

Every step can be repeated: the keys of rows, receipt and withdrawal follow from the bucket alone.
The receipt is written to the table last, so that every reader of it sees all rows.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from adapters.s3 import Bucket, Gone, ObjectStore
from adapters.table import Table
from aquasense.csvfile.decode import FileLimits, UnreadableFile
from aquasense.csvfile.lines import Row
from aquasense.csvfile.reader import latest_rows, scan_file
from aquasense.csvfile.scan import Scan
from aquasense.datasets import Dataset, Datasets, UnknownDataset
from aquasense.formats.json_format import encode_json
from aquasense.uploads import receipts
from aquasense.uploads.identity import Upload
from aquasense.uploads.impact import Impact, ImpactBuilder
from aquasense.uploads.receipts import Receipt


class Report(Protocol):
    """A callback for each receipt."""

    def __call__(self, receipt: Receipt, effect: Impact | None, *, again: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Ingest:
    """Ingest the files of one bucket into the table.

    Attributes:
        bucket: the raw files.
        table: of versions and receipts.
        store: the bucket of receipts; None if none are written.
        datasets, limits: the configuration.
        report: called for every receipt, with its effect where that is known.
    """

    bucket: Bucket
    table: Table
    store: ObjectStore | None
    datasets: Datasets
    limits: FileLimits
    report: Report = lambda receipt, effect, *, again: None

    async def ingest(self, upload: Upload) -> Receipt:
        """Read the upload, write its rows, then its receipt.

        Raises:
            Gone: the object version is no longer in the bucket.
            Exception: the bucket or the table failed; a retry completes the work.
        """
        dataset: Dataset | None = None
        try:
            dataset = _find_dataset(self.datasets, upload)
            scan = await asyncio.to_thread(lambda: scan_file(self.bucket.open(upload), self.limits))
        except UnreadableFile as error:
            receipt = receipts.build_rejection(upload, dataset.name if dataset else "", error)
            await self._write_receipt(receipt, None)
            return receipt
        await self.table.write_rows(dataset.name, upload, self._read_rows(upload, scan))
        receipt = receipts.build_receipt(upload, dataset.name, scan)
        await self._write_receipt(receipt, dataset)
        return receipt

    async def apply_deletions(self, key: str, version_id: str | None = None) -> list[str]:
        """Withdraw every ingested upload of the key that was deleted later.

        An upload that is not ingested yet is withdrawn when it is. Returns the ids of the newly
        withdrawn uploads.

        Raises:
            Gone: the bucket no longer has the version.
        """
        history = await asyncio.to_thread(self.bucket.list_versions, key)
        withdrawn = []
        for stored in history:
            if (
                stored.withdrawal
                # Its record is written after its tombstones: where it is, nothing is left to do.
                and await self.table.read_event(stored.withdrawal.event_id) is None
                and (receipt := await self.table.read_receipt(stored.upload.id))
                and await self.table.withdraw(stored.withdrawal, receipt)
            ):
                withdrawn.append(stored.upload.id)
        if version_id and all(stored.upload.version_id != version_id for stored in history):
            raise Gone(f"no version {version_id} of {key} any more")
        return withdrawn

    async def _read_rows(self, upload: Upload, scan: Scan) -> AsyncIterator[Row]:
        """Yield the last row of each date, read in a thread so that requests go on meanwhile."""
        stream = await asyncio.to_thread(self.bucket.open, upload)
        batches = latest_rows(stream, self.limits, scan)
        while batch := await asyncio.to_thread(next, batches, ()):
            for row in batch:
                yield row

    async def _compute_impact(self, upload_id: str, dataset: Dataset) -> Impact:
        builder = ImpactBuilder(upload_id, dataset)
        months = await self.table.read_months(dataset.name, consistent=True)
        for year in sorted({month[:4] for month in months}):
            first, last = f"{year}-01-01", f"{year}-12-31"
            builder.add_year(
                await self.table.read_versions(dataset.name, first, last, consistent=True)
            )
        return builder.build()

    async def _write_receipt(self, receipt: Receipt, dataset: Dataset | None) -> None:
        effect = None
        if self.store:
            if dataset:
                effect = await self._compute_impact(receipt.id, dataset)
            body = encode_json(receipts.receipt_members(receipt, effect))
            await asyncio.to_thread(self.store.put, f"receipts/{receipt.id}.json", body)
        written = await self.table.put_receipt(receipt)
        self.report(receipt, effect, again=not written)


def _find_dataset(datasets: Datasets, upload: Upload) -> Dataset:
    try:
        return datasets.for_key(upload.key)
    except UnknownDataset as error:
        raise UnreadableFile("unknown_dataset", str(error)) from error
