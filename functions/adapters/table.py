"""The table: which item has which key, and the few ways it is read and written.

    pk                            sk                    what
    marmenor.temperature#2022     2022-12-01#<order>    what one upload says of a date
    marmenor.temperature#months   2022-12               a month that some upload has rows for
    uploads#2026                  <order>               an upload's receipt
    alerts#marmenor.temperature   2022-12-01#<order>    what one upload announced of a date
    sent#<order>                  sent                  that the upload's message went out

Rows are written once and never changed, so writing is idempotent and commutes. A year of a
dataset is one item collection: a figure is one Query (two in January, for the month before).
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, Self

from aiodynamo.client import Client
from aiodynamo.errors import ConditionalCheckFailed, ItemNotFound
from aiodynamo.expressions import F, HashKey, KeyCondition, RangeKey

from adapters import dynamo
from adapters.settings import Settings
from aquasense.alerts import Announced
from aquasense.reader import Rejection, Row
from aquasense.receipts import Receipt
from aquasense.versions import Upload, Version

# Sorts after every character an upload id begins with.
AFTER = "~"


class Table:
    """The one table, over one connection."""

    def __init__(self, client: Client, name: str, patience: float) -> None:
        self._client = client
        self._table = client.table(name)
        self._name = name
        self._patience = patience

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, patience: float) -> AsyncIterator[Self]:
        """The configured table; patience in seconds is how long failing requests are retried."""
        async with dynamo.connect(settings.region, settings.endpoint_url, patience) as client:
            yield cls(client, settings.table_name, patience)

    async def ready(self) -> None:
        """Read one key, so that whatever is wrong with the table shows as an exception."""
        await self._get("ready", "ready")

    async def write_rows(self, dataset: str, upload: Upload, rows: AsyncIterator[Row]) -> None:
        """Write an upload's rows as versions of their dates, and the index of their months.

        Raises:
            dynamo.Unavailable: not everything was taken; calling again completes it.
        """

        async def items() -> AsyncIterator[Mapping[str, Any]]:
            months: set[str] = set()
            async for row in rows:
                month = row.date[:7]
                if month not in months:
                    months.add(month)
                    yield {"pk": {"S": f"{dataset}#months"}, "sk": {"S": month}}
                yield {
                    "pk": {"S": f"{dataset}#{row.date[:4]}"},
                    "sk": {"S": f"{row.date}#{upload.id}"},
                    "mean": {"S": row.mean},
                    "deviation": {"S": row.deviation},
                    "line": {"N": str(row.line)},
                    "file": {"S": upload.key},
                }

        await dynamo.write(self._client, self._name, items(), self._patience)

    async def versions(
        self, dataset: str, first: str, last: str, *, consistent: bool = False
    ) -> list[Version]:
        """What all uploads say of the dates from first to last, both included and ISO."""
        years = [f"{year:04d}" for year in range(int(first[:4]), int(last[:4]) + 1)]
        if len(years) > 2:
            # A range may be wide and nearly empty: ask only for the years that have something.
            months = await self.months(dataset, consistent=consistent)
            years = sorted({month[:4] for month in months}.intersection(years))
        found = []
        for year in years:
            key = HashKey("pk", f"{dataset}#{year}") & RangeKey("sk").between(
                first, f"{last}#{AFTER}"
            )
            async for item in self._query(key, consistent=consistent):
                date, _, order = item["sk"].partition("#")
                found.append(
                    Version(
                        date, order, item["mean"], item["deviation"], item["line"], item["file"]
                    )
                )
        return found

    async def months(self, dataset: str, *, consistent: bool = False) -> list[str]:
        """The months some upload has rows for, '2022-12', in order."""
        key = HashKey("pk", f"{dataset}#months")
        return [item["sk"] async for item in self._query(key, consistent=consistent)]

    async def put_receipt(self, receipt: Receipt) -> None:
        """Record what became of an upload: the last step, and what wakes the notify function."""
        item = {name: value for name, value in asdict(receipt).items() if value not in ("", ())}
        item["rejections"] = [entry._asdict() for entry in receipt.rejections]
        try:
            await self._table.put_item(
                {"pk": _uploads(receipt.id), "sk": receipt.id, "kind": "upload", **item},
                condition=F("pk").does_not_exist(),
            )
        except ConditionalCheckFailed:
            # It is there: from an earlier attempt, or from this one with its answer lost.
            return

    async def receipt(self, upload_id: str) -> Receipt | None:
        """What became of an upload; None while it is not known."""
        item = await self._get(_uploads(upload_id), upload_id)
        return None if item is None else receipt_of(item)

    async def announced(self, dataset: str, first: str, last: str) -> list[Announced]:
        """The ledger of the dates from first to last."""
        key = HashKey("pk", f"alerts#{dataset}") & RangeKey("sk").between(first, f"{last}#{AFTER}")
        found = []
        async for item in self._query(key, consistent=True):
            date, _, order = item["sk"].partition("#")
            found.append(Announced(date, order, item["deviation"], item["mean"]))
        return found

    async def announce(self, dataset: str, entries: Iterable[Announced]) -> None:
        """Add to the ledger; the same entry again changes nothing."""

        async def items() -> AsyncIterator[Mapping[str, Any]]:
            for entry in entries:
                yield {
                    "pk": {"S": f"alerts#{dataset}"},
                    "sk": {"S": f"{entry.date}#{entry.order}"},
                    "deviation": {"S": entry.deviation},
                    "mean": {"S": entry.mean},
                }

        await dynamo.write(self._client, self._name, items(), self._patience)

    async def sent(self, upload_id: str) -> bool:
        """Whether the upload's message is known to have gone out."""
        return await self._get(f"sent#{upload_id}", "sent") is not None

    async def mark_sent(self, upload_id: str) -> None:
        """Record that the upload's message went out."""
        await self._table.put_item({"pk": f"sent#{upload_id}", "sk": "sent"})

    async def _get(self, pk: str, sk: str) -> dict[str, Any] | None:
        try:
            return await self._table.get_item({"pk": pk, "sk": sk}, consistent_read=True)
        except ItemNotFound:
            return None

    async def _query(
        self, key: KeyCondition, *, consistent: bool = False
    ) -> AsyncIterator[dict[str, Any]]:
        async for item in self._table.query(key, consistent_read=consistent):
            yield item


def receipt_of(item: Mapping[str, Any]) -> Receipt:
    """The receipt an item of the table holds."""
    fields = {name: value for name, value in item.items() if name not in ("pk", "sk", "kind")}
    for name in ("size", "accepted", "duplicated", "rejected"):
        fields[name] = int(fields.get(name, 0))
    fields["rejections"] = tuple(
        Rejection(int(entry["line"]), entry["text"], entry["code"], entry["reason"])
        for entry in fields.get("rejections", ())
    )
    return Receipt(**{"dataset": "", **fields})


def _uploads(upload_id: str) -> str:
    return f"uploads#{upload_id[:4]}"
