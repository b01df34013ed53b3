"""Remove the items of a purged file from the table, and the content of its records."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched, pairwise

from adapters import items
from adapters.config import Config
from adapters.table import Table, ledger_partition
from adapters.upload_items import find_upload_id, is_copy, repeat_items
from aquasense.uploads.privacy import remove_content
from cli.maintain.plain import Key, PlainItem, find_key, is_row, read_table, serialize, to_plain
from ingest.withdraw import build_deletion_id

# Replaces the name of a purged file, if it is private.
HIDDEN_NAME = "(purged)"
# Deletions in flight at once.
CONCURRENCY = 16


@dataclass(frozen=True, slots=True)
class FileItems:
    """The items of one file in the table.

    Attributes:
        receipts: by upload id.
        withdrawals: of these uploads.
        rows: versions and their tombstones, and the copies of both at other dates.
    """

    receipts: dict[str, PlainItem]
    withdrawals: list[PlainItem]
    rows: list[PlainItem]

    @property
    def purged(self) -> bool:
        """Return True if nothing but records without content is left."""
        return not self.rows and all("purged_at" in item for item in self.receipts.values())


def find_file_items(table: Mapping[Key, PlainItem], file: str) -> FileItems:
    """Return the items that follow from any version of a file.

    Args:
        table: all items, without ledger and marks.
        file: key in the bucket.
    """
    ids = {find_upload_id(item) for item in table.values() if item.get("file") == file}
    own = [item for item in table.values() if find_upload_id(item) in ids - {""}]
    return FileItems(
        receipts={item["sk"]: item for item in own if item.get("kind") == "upload"},
        withdrawals=[item for item in own if item.get("kind") == "withdrawal"],
        rows=[item for item in own if "kind" not in item],
    )


async def find_withdrawn(
    table: Table,
    file_items: FileItems,
    upload_ids: Iterable[str],
    deleted: Collection[str],
    datasets: Collection[str],
) -> set[str]:
    """Return the uploads whose withdrawal is recorded, and all of whose messages were sent.

    Args:
        table: of the uploads.
        file_items: of their file, before it was deleted.
        upload_ids: of the uploads.
        deleted: object versions that were deleted now; their withdrawal must be a new one.
        datasets: names of those that are configured.
    """
    year = datetime.now(UTC).year
    events = [event async for event in table.iterate_events(year, consistent=True)]
    events = [*file_items.withdrawals, *events]
    complete = set()
    for upload_id in upload_ids:
        receipt = file_items.receipts[upload_id]
        # A notification may have no version id.
        digests = tuple(
            build_deletion_id(receipt["file"], version_id, datetime.now(UTC)).rpartition("-")[2]
            for version_id in (receipt["version_id"], None)
        )
        own = [event for event in events if event.get("upload") == upload_id]
        if receipt["version_id"] in deleted:
            own = [event for event in own if event["sk"].partition("#")[0].endswith(digests)]
        # Others have no message, and no mark.
        announced = [e for e in own if e.get("first") and e["dataset"] in datasets]
        if own and all([await table.is_sent(event["sk"]) for event in announced]):
            complete.add(upload_id)
    return complete


async def remove_alerts(table: Table, rows: Iterable[PlainItem]) -> None:
    """Remove the values of rows from the ledger, which keeps the last entry of each date.

    Args:
        table: of the ledger.
        rows: FileItems.rows, all withdrawn, and their messages sent.
    """
    rows = [item for item in rows if not is_copy(item["sk"])]
    upload_ids = {find_upload_id(item) for item in rows}
    dates: dict[str, set[str]] = defaultdict(set)
    for item in rows:
        dates[item["pk"].rpartition("#")[0]].add(item["sk"][:10])
    for dataset, own in dates.items():
        ledger = await table.read_ledger(dataset, min(own), max(own))
        ledger = [entry for entry in ledger if entry.date in own]
        ledger.sort(key=lambda entry: (entry.date, entry.at, entry.event_id))
        for entry, later in pairwise(ledger):
            # Events of the file, also withdrawals, which may name the value of another version.
            if entry.date == later.date and entry.event_id.rpartition("#")[2] in upload_ids:
                await table.write_ledger(dataset, [later._replace(before="")])
                sort_key = f"{entry.date}#{entry.event_id}"
                await table.delete_item(ledger_partition(dataset), sort_key)


async def remove_rows(table: Table, config: Config, rows: Iterable[PlainItem]) -> None:
    """Remove rows, then the months without rows; write the copies that others need in their place.

    Args:
        table: of the rows.
        config: of the table.
        rows: FileItems.rows.
    """
    rows = list(rows)
    await _delete(table, rows)
    remaining = read_table(config)
    versions: dict[str, list[items.Item]] = defaultdict(list)
    for key in sorted(remaining):
        if is_row(remaining[key]) and not is_copy(key[1]):
            versions[key[0].rpartition("#")[0]].append(serialize(remaining[key]))
    for dataset in {item["pk"].rpartition("#")[0] for item in rows}:
        parsed = items.parse_versions(versions[dataset])
        await table.write_items(
            item
            for item in repeat_items(dataset, parsed)
            if find_key(to_plain(item)) not in remaining
        )
        months = {item["sk"][:7] for item in rows if item["pk"].rpartition("#")[0] == dataset}
        for month in months - {version.date[:7] for version in parsed}:
            await _remove_month(table, dataset, month)


async def _remove_month(table: Table, dataset: str, month: str) -> None:
    """Remove a month from the index, unless an upload wrote rows of it meanwhile."""
    await table.delete_item(items.months_partition(dataset), month)
    if await table.read_versions(dataset, f"{month}-01", f"{month}-31", consistent=True):
        await table.write_items([items.month_item(dataset, month)])


async def remove_contents(
    table: Table, file_items: FileItems, purged_at: str, *, hide_name: bool
) -> None:
    """Replace the receipts and withdrawals of a file by records without content.

    Args:
        table: of the items.
        file_items: of the file.
        purged_at: ISO 8601 time.
        hide_name: whether the name is replaced too.
    """
    name = {"file": HIDDEN_NAME} if hide_name else {}
    for item in file_items.withdrawals:
        dates = ("first", "last")
        members = {member: value for member, value in item.items() if member not in dates}
        await table.replace_item(members | name)
    for item in file_items.receipts.values():
        receipt = items.parse_receipt(item)
        record = remove_content(receipt, purged_at, HIDDEN_NAME if hide_name else "")
        await table.replace_item(items.receipt_item(record))


async def _delete(table: Table, rows: Iterable[PlainItem]) -> None:
    for batch in batched(rows, CONCURRENCY, strict=False):
        await asyncio.gather(*(table.delete_item(*find_key(item)) for item in batch))
