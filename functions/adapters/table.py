"""The table: the few ways it is written and read. Its items and keys are in adapters.items."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import batched
from typing import Any, Self

from aiodynamo.client import Client
from aiodynamo.errors import ConditionalCheckFailed, ItemNotFound
from aiodynamo.expressions import F, HashKey

from adapters import batch_write, dynamodb, items
from adapters.config import Config
from adapters.items import AFTER, Item
from aquasense.alerting.ledger import LedgerEntry
from aquasense.csvfile.lines import Row
from aquasense.dates import EARLIEST, LATEST
from aquasense.readings.versions import Version
from aquasense.uploads.identity import Upload, Withdrawal
from aquasense.uploads.receipts import Receipt

# S3 has kept versions since 2010; an upload cannot be older.
FIRST_UPLOAD_YEAR = 2010


class Table:
    """The one table, over one connection."""

    def __init__(self, client: Client, name: str, retry_seconds: float) -> None:
        self._client = client
        self._table = client.table(name)
        self._name = name
        self._retry_seconds = retry_seconds

    @classmethod
    @asynccontextmanager
    async def open(cls, config: Config, retry_seconds: float) -> AsyncIterator[Self]:
        """Open the configured table; failed requests are retried for retry_seconds."""
        async with dynamodb.connect(config.region, config.endpoint_url, retry_seconds) as client:
            yield cls(client, config.table_name, retry_seconds)

    async def ready(self) -> None:
        """Read one key, so that whatever is wrong with the table shows as an exception."""
        await self._get("ready", "ready")

    # Rows

    async def write_rows(self, dataset: str, upload: Upload, rows: AsyncIterator[Row]) -> None:
        """Write an upload's rows as versions of their dates, and the index of their months.

        Raises:
            batches.Unavailable: items stayed unprocessed; calling again completes the write.
        """

        async def written() -> AsyncIterator[Item]:
            months: set[str] = set()
            async for row in rows:
                month = row.date[:7]
                if month not in months:
                    months.add(month)
                    yield items.month_item(dataset, month)
                yield items.version_item(dataset, upload, row)

        await batch_write.write_items(self._client, self._name, written(), self._retry_seconds)

    async def read_versions(
        self, dataset: str, first: str, last: str, *, consistent: bool = False
    ) -> list[Version]:
        """What all uploads say of the dates from first to last, both included and ISO."""
        years = [f"{year:04d}" for year in range(int(first[:4]), int(last[:4]) + 1)]
        if len(years) > 2:
            # A range may be wide and nearly empty: ask only for the years that have something.
            months = await self.read_months(dataset, consistent=consistent)
            years = sorted({month[:4] for month in months}.intersection(years))

        async def of(year: str) -> list[Version]:
            partition, between = items.year_partition(dataset, year), _within(first, last)
            return items.parse_versions(
                await self._query(partition, between, consistent=consistent)
            )

        if len(years) == 1:
            # Most figures need no more, and gather()'s task would be a part of what they cost.
            return await of(years[0])
        found: list[Version] = []
        # Two at once, as a figure near New Year needs them; not all, whose items would all be in
        # memory beside their versions.
        for pair in batched(years, 2, strict=False):
            for versions in await asyncio.gather(*map(of, pair)):
                found += versions
        return found

    async def read_all_versions(self, dataset: str, *, consistent: bool = False) -> list[Version]:
        """What all uploads say of all dates."""
        return await self.read_versions(dataset, EARLIEST, LATEST, consistent=consistent)

    async def read_months(self, dataset: str, *, consistent: bool = False) -> list[str]:
        """The months some upload has rows for, '2022-12', in order; withdrawn ones among them."""
        partition = items.months_partition(dataset)
        return [item["sk"]["S"] for item in await self._query(partition, consistent=consistent)]

    # Uploads

    async def put_receipt(self, receipt: Receipt) -> bool:
        """Record what became of an upload: the last step, and what wakes the notify function.

        Whether this call is known to have written it.
        """
        return await self._put_once(items.receipt_item(receipt))

    async def read_receipt(self, upload_id: str) -> Receipt | None:
        """What became of an upload; None while it is not known."""
        item = await self._get(items.uploads_partition(upload_id), upload_id)
        return None if item is None else items.parse_receipt(item)

    async def read_event(self, event_id: str) -> Item | None:
        """The receipt or withdrawal of that id, as an item; None while it is not known."""
        return await self._get(items.uploads_partition(event_id), event_id)

    async def iterate_events(
        self, year: int, *, newest_first: bool = True, consistent: bool = False
    ) -> AsyncIterator[Item]:
        """Receipts and withdrawals of a year as items, told apart by 'kind', in their order."""
        key = HashKey("pk", items.uploads_partition(f"{year:04d}"))
        async for item in self._table.query(
            key, scan_forward=not newest_first, consistent_read=consistent
        ):
            yield item

    async def read_receipts(self, file: str, last_year: int) -> list[Receipt]:
        """The receipts of every upload under that key. Reads all receipts: for rare questions."""
        return [
            items.parse_receipt(item)
            for year in range(FIRST_UPLOAD_YEAR, last_year + 1)
            async for item in self.iterate_events(year, consistent=True)
            if item["kind"] == "upload" and item["file"] == file
        ]

    async def withdraw(self, withdrawal: Withdrawal, receipt: Receipt) -> bool:
        """Withdraw every row of an incorporated upload, then record that it is done.

        Whether this call is known to have recorded it.
        """
        if receipt.accepted:
            known = await self.read_versions(
                receipt.dataset, receipt.first, receipt.last, consistent=True
            )

            async def tombstones() -> AsyncIterator[Item]:
                for version in known:
                    if version.upload_id == receipt.id:
                        yield items.tombstone_item(receipt.dataset, version, withdrawal)

            await batch_write.write_items(
                self._client, self._name, tombstones(), self._retry_seconds
            )
        return await self._put_once(items.withdrawal_item(withdrawal, receipt))

    # Alerts

    async def read_ledger(self, dataset: str, first: str, last: str) -> list[LedgerEntry]:
        """The ledger of the dates from first to last."""
        found = await self._query(
            items.ledger_partition(dataset), _within(first, last), consistent=True
        )
        return [items.parse_ledger_entry(item) for item in found]

    async def write_ledger(self, dataset: str, entries: Iterable[LedgerEntry]) -> None:
        """Add to the ledger; the same entry again changes nothing."""

        async def written() -> AsyncIterator[Item]:
            for entry in entries:
                yield items.ledger_item(dataset, entry)

        await batch_write.write_items(self._client, self._name, written(), self._retry_seconds)

    async def is_recorded(self, event_id: str) -> bool:
        """Whether the ledger has all there is to tell of the event."""
        return await self._get(f"sent#{event_id}", "recorded") is not None

    async def mark_recorded(self, event_id: str) -> None:
        """Record that the ledger has all there is to tell of the event."""
        await self._table.put_item({"pk": f"sent#{event_id}", "sk": "recorded"})

    async def is_sent(self, event_id: str) -> bool:
        """Whether nothing is left to send of the event: its message went out, or there is none."""
        return await self._get(f"sent#{event_id}", "sent") is not None

    async def mark_sent(self, event_id: str) -> None:
        """Record that nothing is left to send of the event."""
        await self._table.put_item({"pk": f"sent#{event_id}", "sk": "sent"})

    async def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        try:
            return await self._table.get_item({"pk": pk, "sk": sk}, consistent_read=True)
        except ItemNotFound:
            return None

    async def _put_once(self, item: dict[str, Any]) -> bool:
        try:
            await self._table.put_item(item, condition=F("pk").does_not_exist())
        except ConditionalCheckFailed:
            # It is there: from an earlier attempt, or from this one with its answer lost.
            return False
        return True

    async def _query(
        self, partition: str, between: tuple[str, str] | None = None, *, consistent: bool = False
    ) -> list[dict[str, Any]]:
        return await dynamodb.query(
            self._client, self._name, partition, between, consistent=consistent
        )


def _within(first: str, last: str) -> tuple[str, str]:
    return first, f"{last}#{AFTER}"
