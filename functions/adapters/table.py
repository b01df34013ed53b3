"""The application's reads and writes of the table; its items and keys are in adapters.items."""

from collections.abc import AsyncIterator, Container, Iterable, Mapping, Sequence

from aiodynamo.expressions import HashKey

from adapters import dynamodb, items, upload_items
from adapters.items import Item
from adapters.single_table import VersionTable, within
from aquasense.alerting.ledger import LedgerEntry
from aquasense.datasets import is_review_key
from aquasense.readings.reviews import Review
from aquasense.readings.versions import Version
from aquasense.uploads.identity import Withdrawal
from aquasense.uploads.receipts import Receipt

# S3 has kept versions since 2010; an upload cannot be older.
FIRST_UPLOAD_YEAR = 2010


class Table(VersionTable):
    """Rows, uploads and alerts in the one table."""

    # Uploads

    async def put_receipt(self, receipt: Receipt) -> bool:
        """Write an upload's receipt: the last step of ingest, which triggers the notify function.

        Returns:
            True if this call wrote it; False if it existed, or if the response was lost.
        """
        return await self._put_once(items.receipt_item(receipt))

    async def read_receipt(self, upload_id: str) -> Receipt | None:
        """Return the receipt of an upload, None if it is not ingested."""
        item = await self._get(items.uploads_partition(upload_id), upload_id)
        return None if item is None else items.parse_receipt(item)

    async def read_event(self, event_id: str) -> Item | None:
        """Return the item of a receipt or withdrawal by its event id, None if it does not exist."""
        return await self._get(items.uploads_partition(event_id), event_id)

    async def iterate_events(
        self, year: int, *, newest_first: bool = True, consistent: bool = False
    ) -> AsyncIterator[Item]:
        """Yield the receipts and withdrawals of a year as items, by event id; see 'kind'."""
        key = HashKey("pk", items.uploads_partition(f"{year:04d}"))
        number = 0
        async for item in self._table.query(
            key, scan_forward=not newest_first, consistent_read=consistent
        ):
            number += 1
            dynamodb.check_number(number, self._max_items)
            yield item

    async def read_receipts(self, file: str, last_year: int) -> list[Receipt]:
        """Return the receipts of every upload of a key. Reads all receipts: for rare use."""
        return [
            items.parse_receipt(item)
            for year in range(FIRST_UPLOAD_YEAR, last_year + 1)
            async for item in self.iterate_events(year, consistent=True)
            if item["kind"] == "upload" and item["file"] == file
        ]

    async def withdraw(self, withdrawals: Mapping[Withdrawal, Receipt]) -> list[str]:
        """Withdraw every row of ingested uploads, then record the withdrawals.

        Recorded last, the first record invokes the notify function when all rows are withdrawn.

        Returns:
            Ids of the uploads whose withdrawal this call recorded, in their order; an upload is
            missing if its withdrawal existed, or if the response was lost.
        """
        for withdrawal, receipt in withdrawals.items():
            if receipt.accepted:
                await self._withdraw_rows(withdrawal, receipt)
        return [
            receipt.id
            for withdrawal, receipt in withdrawals.items()
            if await self._put_once(items.withdrawal_item(withdrawal, receipt))
        ]

    async def _withdraw_rows(self, withdrawal: Withdrawal, receipt: Receipt) -> None:
        rows = await self.read_rows(receipt.dataset, receipt.file, receipt.first, receipt.last)

        async def tombstones() -> AsyncIterator[Item]:
            for row in rows:
                if row.upload_id != receipt.id:
                    continue
                for item in upload_items.withdrawn_row_items(receipt.dataset, row, withdrawal):
                    yield item

        await self._write(tombstones())
        await self.index_repeats(receipt.dataset, receipt.id)

    async def read_rows(
        self, dataset: str, file: str, first: str, last: str
    ) -> Sequence[Version | Review]:
        """Return the rows of the dates from first to last of the kind that a file has."""
        if is_review_key(file):
            return await self.read_reviews(dataset, first, last)
        return await self.read_versions(dataset, first, last, consistent=True)

    async def read_reviews(self, dataset: str, first: str, last: str) -> list[Review]:
        """Return the reviews of the dates from first to last, also of dates without a version.

        Every year is queried, because reviews are in no index. All acknowledged writes are seen.
        """
        reviews: list[Review] = []
        for year in range(int(first[:4]), int(last[:4]) + 1):
            partition = items.year_partition(dataset, f"{year:04d}")
            page = await self._query(partition, within(first, last), consistent=True)
            reviews += items.parse_reviews(page)
        return reviews

    # Alerts

    async def read_ledger(self, dataset: str, first: str, last: str) -> list[LedgerEntry]:
        """Return the ledger entries of the dates from first to last."""
        partition, between = ledger_partition(dataset), within(first, last)
        entries = await self._query(partition, between, consistent=True)
        return [_parse_ledger_entry(item) for item in entries]

    async def write_ledger(self, dataset: str, entries: Iterable[LedgerEntry]) -> None:
        """Add entries to the ledger; writing an entry again changes nothing."""

        async def ledger_items() -> AsyncIterator[Item]:
            for entry in entries:
                yield _ledger_item(dataset, entry)

        await self._write(ledger_items())

    async def is_recorded(self, event_id: str) -> bool:
        """Return True if the ledger has every entry of the event."""
        return await self._get(f"sent#{event_id}", "recorded") is not None

    async def mark_recorded(self, event_id: str) -> None:
        """Record that the ledger has every entry of the event."""
        await self._table.put_item({"pk": f"sent#{event_id}", "sk": "recorded"})

    async def is_sent(self, event_id: str) -> bool:
        """Return True if the message of the event was sent, or is not needed."""
        return await self._get(f"sent#{event_id}", "sent") is not None

    async def mark_sent(self, event_id: str) -> None:
        """Record that the event's message was sent, or that there is none."""
        await self._table.put_item({"pk": f"sent#{event_id}", "sk": "sent"})


def needs_announcement(item: Item, datasets: Container[str]) -> bool:
    """Return True if an event has readings of a configured dataset; others have no `sent` mark."""
    return bool(item.get("first")) and item["dataset"] in datasets


def ledger_partition(dataset: str) -> str:
    """Return the partition of a dataset's ledger."""
    return f"alerts#{dataset}"


def _ledger_item(dataset: str, entry: LedgerEntry) -> Item:
    members = {name: {"S": value} for name, value in entry._asdict().items() if value}
    del members["date"], members["event_id"]
    return {
        "pk": {"S": ledger_partition(dataset)},
        "sk": {"S": f"{entry.date}#{entry.event_id}"},
        **members,
    }


def _parse_ledger_entry(item: Item) -> LedgerEntry:
    date, _, event_id = item["sk"]["S"].partition("#")
    members = {name: item[name]["S"] if name in item else "" for name in LedgerEntry._fields[2:]}
    return LedgerEntry(date, event_id, **members)
