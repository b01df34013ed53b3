"""Items of a withdrawn upload whose object version was deleted permanently.

The upload stays in the table for answers as of an earlier time. Without its file, its lost rows
cannot be restored; what withdraws the remaining ones can.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters import items
from adapters.upload_items import row_items, withdrawn_row_items
from aquasense.csvfile.lines import ReviewRow, Row
from aquasense.uploads.identity import Upload, Withdrawal
from aquasense.uploads.receipts import Receipt
from cli.maintain.plain import REVIEW, VERSION

# Members of a receipt that have no texts of the file.
PUBLIC = ("reason", "rejections")


def expect_gone(upload_id: str, group: Sequence[Mapping[str, Any]]) -> Iterator[items.Item]:
    """Yield the items that the upload must have; nothing if it is not withdrawn.

    A row outside the dates of every withdrawal would still count: it is not expected. Nor are the
    texts of the file in the receipt.

    Args:
        upload_id: of an upload that the bucket does not have.
        group: its items in the table, with Python values.
    """
    receipt = next(filter(None, map(_parse_receipt, group)), None)
    records = [item for item in group if item.get("kind") == "withdrawal"]
    withdrawals = {item["sk"].partition("#")[0]: item for item in records}
    if receipt:
        for item in group:
            _, _, deletion_id = item["sk"].partition(f"#{upload_id}#")
            if deletion_id and deletion_id not in withdrawals:
                withdrawal = Withdrawal(upload_id, deletion_id)
                withdrawals[deletion_id] = items.withdrawal_item(withdrawal, receipt)
    if not withdrawals:
        return
    months: set[str] = set()
    for item in group:
        if not item.keys() >= VERSION and not item.keys() >= REVIEW:
            continue
        row, dataset = _parse_row(item), item["pk"].rpartition("#")[0]
        deletions = [
            Withdrawal(upload_id, deletion_id)
            for deletion_id, withdrawal in withdrawals.items()
            if withdrawal.get("first", "~") <= row.date <= withdrawal.get("last", "")
        ]
        # The items of a row depend on its id and key only.
        upload = Upload(upload_id, item["file"], "", datetime.min, 0)
        if deletions:
            yield from row_items(dataset, upload, row, months)
        for deletion in deletions:
            yield from withdrawn_row_items(dataset, row.stored(upload), deletion)
    yield from withdrawals.values()
    for item in group:
        if receipt and item.get("kind") == "upload":
            public = items.receipt_item(receipt)
            yield {**item, **{name: public[name] for name in PUBLIC if name in public}}


def _parse_receipt(item: Mapping[str, Any]) -> Receipt | None:
    try:
        return items.parse_receipt(item) if item.get("kind") == "upload" else None
    except (KeyError, TypeError, ValueError):
        # Not written by ingestion.
        return None


def _parse_row(item: Mapping[str, Any]) -> Row | ReviewRow:
    line, date = int(item["line"]), item["sk"].partition("#")[0]
    if item.keys() >= REVIEW:
        return ReviewRow(line, date, item["mean"], item["verdict"], item["comment"])
    return Row(line, date, item["mean"], item["deviation"])
