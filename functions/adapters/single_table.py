"""The DynamoDB table as a store of items with keys `pk` and `sk`, and of the versions of dates."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from itertools import batched
from typing import Any, Self

from aiodynamo.client import Client
from aiodynamo.errors import ConditionalCheckFailed, ItemNotFound
from aiodynamo.expressions import F

from adapters import batch_write, dynamodb, items, upload_items
from adapters.config import Config
from adapters.items import AFTER, Item
from aquasense.csvfile.lines import ReviewRow, Row
from aquasense.dates import EARLIEST, LATEST
from aquasense.readings import repeats
from aquasense.readings.versions import Version
from aquasense.uploads.identity import Upload


class SingleTable:
    """One table over one connection; reads raise dynamodb.TooManyItems beyond max_items."""

    def __init__(
        self, client: Client, name: str, retry_seconds: float, max_items: int | None = None
    ) -> None:
        self._client = client
        self._table = client.table(name)
        self._name = name
        self._retry_seconds = retry_seconds
        self._max_items = max_items

    @classmethod
    @asynccontextmanager
    async def open(
        cls, config: Config, retry_seconds: float, max_items: int | None = None
    ) -> AsyncIterator[Self]:
        """Open the configured table.

        Failed requests are retried for retry_seconds; a read returns at most max_items.
        """
        async with dynamodb.connect(config.region, config.endpoint_url, retry_seconds) as client:
            yield cls(client, config.table_name, retry_seconds, max_items)

    async def ready(self) -> None:
        """Read one key, so that a missing or unreachable table raises its error."""
        await self._get("ready", "ready")

    async def write_items(self, new_items: Iterable[Item]) -> None:
        """Write items, given in DynamoDB JSON with unique keys; existing ones are replaced.

        Raises:
            batch_write.Unavailable: items stayed unprocessed; calling again completes the write.
        """

        async def iterate() -> AsyncIterator[Item]:
            for item in new_items:
                yield item

        await self._write(iterate())

    async def replace_item(self, item: dict[str, Any]) -> None:
        """Write an item with Python values; an existing one is replaced."""
        await self._table.put_item(item)

    async def delete_item(self, pk: str, sk: str) -> None:
        """Delete an item, if it exists."""
        await self._table.delete_item({"pk": pk, "sk": sk})

    async def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        try:
            return await self._table.get_item({"pk": pk, "sk": sk}, consistent_read=True)
        except ItemNotFound:
            return None

    async def _put_once(self, item: dict[str, Any]) -> bool:
        """Put an item that does not exist; return False if it exists or a response was lost."""
        try:
            await self._table.put_item(item, condition=F("pk").does_not_exist())
        except ConditionalCheckFailed:
            # Created earlier, or by an attempt of this call whose response was lost.
            return False
        return True

    async def _query(
        self, partition: str, between: tuple[str, str] | None = None, *, consistent: bool = False
    ) -> list[dict[str, Any]]:
        return await dynamodb.query(
            *(self._client, self._name, partition, between),
            consistent=consistent,
            max_items=self._max_items,
        )

    async def _write(self, new_items: AsyncIterator[Item]) -> None:
        """Write items in batches.

        Raises:
            batch_write.Unavailable: items stayed unprocessed; calling again completes the write.
        """
        await batch_write.write_items(self._client, self._name, new_items, self._retry_seconds)


class VersionTable(SingleTable):
    """Rows as versions of their dates."""

    async def write_rows(
        self, dataset: str, upload: Upload, rows: AsyncIterator[Row | ReviewRow]
    ) -> None:
        """Write an upload's rows as versions or reviews of their dates, and the index of months.

        Raises:
            batch_write.Unavailable: items stayed unprocessed; calling again completes the write.
        """

        async def row_items() -> AsyncIterator[Item]:
            months: set[str] = set()
            async for row in rows:
                for item in upload_items.row_items(dataset, upload, row, months):
                    yield item

        await self._write(row_items())

    async def read_versions(
        self, dataset: str, first: str, last: str, *, consistent: bool = False
    ) -> list[Version]:
        """Return the versions of the ISO dates from first to last, both included."""
        years = [f"{year:04d}" for year in range(int(first[:4]), int(last[:4]) + 1)]
        if len(years) > 2:
            # A range may be wide and nearly empty: query only the years with readings.
            months = await self.read_months(dataset, consistent=consistent)
            years = sorted({month[:4] for month in months}.intersection(years))

        async def read_year(year: str) -> list[Version]:
            partition, between = items.year_partition(dataset, year), within(first, last)
            return items.parse_versions(
                await self._query(partition, between, consistent=consistent)
            )

        if len(years) == 1:
            # Most figures need one year; gather() would add the cost of a task.
            return await read_year(years[0])
        all_versions: list[Version] = []
        # Two at once, as a figure near New Year needs them; not all, whose items would all be in
        # memory beside their versions.
        for pair in batched(years, 2, strict=False):
            for versions in await asyncio.gather(*map(read_year, pair)):
                all_versions += versions
            dynamodb.check_number(len(all_versions), self._max_items)
        return all_versions

    async def read_all_versions(self, dataset: str, *, consistent: bool = False) -> list[Version]:
        """Return the versions of all dates."""
        return await self.read_versions(dataset, EARLIEST, LATEST, consistent=consistent)

    async def read_months(self, dataset: str, *, consistent: bool = False) -> list[str]:
        """Return the months with rows, '2022-12', in order, withdrawn rows included."""
        partition = items.months_partition(dataset)
        return [item["sk"]["S"] for item in await self._query(partition, consistent=consistent)]

    async def iterate_years(self, dataset: str) -> AsyncIterator[list[Version]]:
        """Yield the versions of each year with rows, with every write acknowledged before."""
        months = await self.read_months(dataset, consistent=True)
        for year in sorted({month[:4] for month in months}):
            yield await self.read_versions(
                dataset, f"{year}-01-01", f"{year}-12-31", consistent=True
            )

    async def index_repeats(self, dataset: str, upload_id: str) -> None:
        """Write the copies that follow from an upload's rows and tombstones in the table.

        Of uploads that are written at the same time, the last one reads the rows of all, so that
        no pair is missed.
        """
        finder = repeats.RepeatFinder(upload_id)
        async for versions in self.iterate_years(dataset):
            finder.add(versions)
        await self.write_copies(dataset, finder.dates(), upload_id)

    async def write_copies(self, dataset: str, dates: Collection[str], upload_id: str) -> None:
        """Write the missing copies of an upload's dates, among dates that share values."""
        versions: list[Version] = []
        for year in sorted({date[:4] for date in dates}):
            own = [date for date in dates if date.startswith(year)]
            read = await self.read_versions(dataset, min(own), max(own), consistent=True)
            versions += [version for version in read if version.date in dates]
        uploaded = {version.date for version in versions if version.is_part_of(upload_id)}

        async def copies() -> AsyncIterator[Item]:
            for item in upload_items.repeat_items(dataset, versions, uploaded):
                yield item

        await self._write(copies())


def within(first: str, last: str) -> tuple[str, str]:
    """Return the least and the greatest sort key of the ISO dates from first to last."""
    return first, f"{last}#{AFTER}"
