"""Ingest one object version: read the file, then write its rows and its receipt.

Every step can be repeated, because the keys of rows, receipt and withdrawal follow from the bucket
alone. The receipt is written to the table last, so that its readers see all rows.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from adapters.s3 import Bucket, Gone, ObjectStore
from adapters.table import Table
from aquasense.csvfile.decode import FileLimits, UnreadableFile
from aquasense.csvfile.lines import ReviewRow, Row
from aquasense.csvfile.reader import latest_rows, scan_file
from aquasense.csvfile.scan import Scan
from aquasense.datasets import Dataset, Datasets, UnknownDataset, is_review_key
from aquasense.formats.json_format import encode_json
from aquasense.readings.repeats import RepeatFinder
from aquasense.uploads import receipts
from aquasense.uploads.identity import Upload
from aquasense.uploads.impact import Impact, ImpactBuilder
from aquasense.uploads.receipts import Receipt
from aquasense.uploads.review_impact import ReviewImpactBuilder

RECEIPTS = "receipts/"


class Report(Protocol):
    """A callback for each receipt; see ingest.report.report_receipt()."""

    def __call__(self, receipt: Receipt, impact: Impact | None, *, repeated: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Ingester:
    """Ingest the files of one bucket into the table.

    Attributes:
        bucket: raw files.
        table: versions and receipts.
        store: bucket of receipts as JSON; None writes them to the table only.
        datasets, limits: configuration.
        report: called for every receipt.
    """

    bucket: Bucket
    table: Table
    store: ObjectStore | None
    datasets: Datasets
    limits: FileLimits
    report: Report = lambda receipt, impact, *, repeated: None

    async def ingest_upload(self, upload: Upload) -> Receipt:
        """Read the file, write its rows, then its receipt.

        Raises:
            Gone: the object version is no longer in the bucket.
            Exception: a request to the bucket or the table failed; a retry completes the work.
        """
        dataset: Dataset | None = None
        try:
            dataset = self.datasets.for_key(upload.key)
            scan = await asyncio.to_thread(
                lambda: scan_file(
                    self.bucket.open(upload),
                    self.limits,
                    dataset,
                    reviews=is_review_key(upload.key),
                )
            )
        except (UnknownDataset, UnreadableFile) as error:
            receipt = receipts.build_rejection(upload, dataset.name if dataset else "", error)
            await self._write_receipt(receipt, None)
            return receipt
        await self.table.write_rows(dataset.name, upload, self._read_rows(upload, scan, dataset))
        receipt = receipts.build_receipt(upload, dataset.name, scan)
        await self._write_receipt(receipt, dataset)
        return receipt

    async def apply_deletions(self, key: str, version_id: str | None = None) -> list[str]:
        """Withdraw the ingested uploads that a later deletion of the key withdraws.

        An upload that is not yet ingested is withdrawn after its ingestion.

        Args:
            key: of the objects.
            version_id: of an object version that must still exist; None checks nothing.

        Returns:
            Ids of the uploads that were not withdrawn before.

        Raises:
            Gone: the bucket no longer has the version; the deletions are applied nevertheless.
        """
        history = await asyncio.to_thread(self.bucket.list_versions, key)
        pending = {
            stored.withdrawal: receipt
            for stored in history
            if stored.withdrawal
            # The record is written last: if it exists, the withdrawal is complete.
            and await self.table.read_event(stored.withdrawal.event_id) is None
            and (receipt := await self.table.read_receipt(stored.upload.id))
        }
        withdrawn = await self.table.withdraw(pending)
        if version_id and all(stored.upload.version_id != version_id for stored in history):
            raise Gone(f"no version {version_id} of {key} any more")
        return withdrawn

    async def store_receipt(self, receipt: Receipt, dataset: Dataset | None) -> Impact | None:
        """Complete the index of an upload, and write its receipt to the bucket of receipts.

        Args:
            receipt: of an upload whose rows are in the table.
            dataset: None if the whole file was rejected.

        Returns:
            The impact; None if the whole file was rejected.
        """
        impact = await self._index_and_compute(receipt, dataset) if dataset else None
        if self.store:
            body = encode_json(receipts.receipt_members(receipt, impact, private=True))
            await asyncio.to_thread(self.store.put, receipt_key(receipt.id), body)
        return impact

    async def delete_receipt(self, upload_id: str) -> None:
        """Delete the receipt of an upload from the bucket of receipts."""
        if self.store:
            await asyncio.to_thread(self.store.delete, receipt_key(upload_id))

    async def _read_rows(
        self, upload: Upload, scan: Scan, dataset: Dataset
    ) -> AsyncIterator[Row | ReviewRow]:
        """Yield the last row of each date; a thread reads, so that requests are not blocked."""
        stream = await asyncio.to_thread(self.bucket.open, upload)
        batches = latest_rows(stream, self.limits, scan, dataset)
        while batch := await asyncio.to_thread(next, batches, ()):
            for row in batch:
                yield row

    async def _index_and_compute(self, receipt: Receipt, dataset: Dataset) -> Impact:
        """Write the copies for repeated values, then return the impact."""
        upload_id = receipt.id
        finder, builder = RepeatFinder(upload_id), await self._start_impact(receipt, dataset)
        async for versions in self.table.iterate_years(dataset.name):
            finder.add(versions)
            builder.add_year(versions)
        if dates := finder.dates():
            await self.table.write_copies(dataset.name, dates, upload_id)
            # Again, because the flags follow from the copies.
            builder = await self._start_impact(receipt, dataset)
            async for versions in self.table.iterate_years(dataset.name):
                builder.add_year(versions)
        return builder.build()

    async def _start_impact(
        self, receipt: Receipt, dataset: Dataset
    ) -> ImpactBuilder | ReviewImpactBuilder:
        if not is_review_key(receipt.file):
            return ImpactBuilder(receipt.id, dataset, receipt.file)
        if not receipt.accepted:
            return ReviewImpactBuilder(receipt.id, [])
        dates = receipt.first, receipt.last
        return ReviewImpactBuilder(receipt.id, await self.table.read_reviews(dataset.name, *dates))

    async def _write_receipt(self, receipt: Receipt, dataset: Dataset | None) -> None:
        impact = await self.store_receipt(receipt, dataset)
        created = await self.table.put_receipt(receipt)
        self.report(receipt, impact, repeated=not created)


def receipt_key(upload_id: str) -> str:
    """Return the key of an upload's receipt in the bucket of receipts."""
    return f"{RECEIPTS}{upload_id}.json"
