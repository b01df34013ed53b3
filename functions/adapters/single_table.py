"""The DynamoDB table as a store of items with a partition key `pk` and a sort key `sk`."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Self

from aiodynamo.client import Client
from aiodynamo.errors import ConditionalCheckFailed, ItemNotFound
from aiodynamo.expressions import F

from adapters import batch_write, dynamodb
from adapters.config import Config
from adapters.items import Item


class SingleTable:
    """One table over one connection."""

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
        """Read one key, so that a missing or unreachable table raises its error."""
        await self._get("ready", "ready")

    async def write_items(self, items: Iterable[Item]) -> None:
        """Write items, given in DynamoDB JSON with unique keys; existing ones are replaced.

        Raises:
            batch_write.Unavailable: items stayed unprocessed; calling again completes the write.
        """

        async def iterate() -> AsyncIterator[Item]:
            for item in items:
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
            self._client, self._name, partition, between, consistent=consistent
        )

    async def _write(self, items: AsyncIterator[Item]) -> None:
        """Write items in batches.

        Raises:
            batch_write.Unavailable: items stayed unprocessed; calling again completes the write.
        """
        await batch_write.write_items(self._client, self._name, items, self._retry_seconds)
