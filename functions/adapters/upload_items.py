"""All items that an upload adds to the table: the place to add another kind of item.

Ingestion and withdrawals write these items; `aquasense verify` and `rebuild` compare and repair
them. Each item can be derived from the file, its upload id and its withdrawal.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from adapters import items
from adapters.items import Item
from aquasense.csvfile.lines import ReviewRow, Row
from aquasense.readings.repeats import list_copies
from aquasense.readings.reviews import Review
from aquasense.readings.versions import Version
from aquasense.uploads.identity import UPLOAD_ID_PATTERN, Upload, Withdrawal
from aquasense.uploads.receipts import Receipt

UPLOAD_ID = re.compile(UPLOAD_ID_PATTERN, re.ASCII)


def row_items(
    dataset: str, upload: Upload, row: Row | ReviewRow, months: set[str]
) -> Iterator[Item]:
    """Yield the items of an accepted row, in DynamoDB JSON. Reviews are in no index of months.

    Args:
        dataset: name.
        upload: of the row.
        row: the last row of its date in the file.
        months: months of the upload's rows so far; the row's month is added.
    """
    if isinstance(row, ReviewRow):
        yield items.review_item(dataset, upload, row)
        return
    month = row.date[:7]
    if month not in months:
        months.add(month)
        yield items.month_item(dataset, month)
    yield items.version_item(dataset, upload, row)


def withdrawn_row_items(
    dataset: str, row: Version | Review, withdrawal: Withdrawal
) -> Iterator[Item]:
    """Yield the items that withdraw a row, in DynamoDB JSON."""
    yield tombstone_item(dataset, row, withdrawal)


def upload_items(
    upload: Upload,
    receipt: Receipt,
    rows: Iterable[Row | ReviewRow],
    withdrawal: Withdrawal | None,
) -> Iterator[Item]:
    """Yield all items of an upload in the order of writing.

    Args:
        upload: of the rows.
        receipt: of the upload.
        rows: the last row of each date in the file.
        withdrawal: None if the upload counts.

    Yields:
        Items of rows in DynamoDB JSON; receipt and withdrawal as Python values.
    """
    months: set[str] = set()
    for row in rows:
        yield from row_items(receipt.dataset, upload, row, months)
        if withdrawal:
            yield from withdrawn_row_items(receipt.dataset, row.stored(upload), withdrawal)
    yield items.receipt_item(receipt)
    if withdrawal:
        yield items.withdrawal_item(withdrawal, receipt)


def repeat_items(
    dataset: str, versions: Iterable[Version], dates: Collection[str] | None = None
) -> Iterator[Item]:
    """Yield the copies that the versions lack, in DynamoDB JSON; see repeats.list_copies().

    They depend on all uploads of a dataset.
    """
    # Every version of a partner has all reviews of its date.
    reviews: set[str] = set()
    for date, partner in list_copies(versions, dates):
        for item in copy_items(dataset, date, partner):
            sort_key = item["sk"]["S"]
            if items.REVIEW not in sort_key:
                yield item
            elif sort_key not in reviews:
                reviews.add(sort_key)
                yield item


def is_copy(sort_key: str) -> bool:
    """Return True for the sort key of a copy."""
    return f"#{items.PARTNER}" in sort_key


def find_upload_id(item: Mapping[str, Any]) -> str:
    """Return the id of the upload that an item belongs to; empty for a month, which several share.

    Args:
        item: with Python values.
    """
    sort_key = item["sk"]
    if item.get("kind") == "withdrawal":
        _, _, sort_key = sort_key.partition("#")
    match = UPLOAD_ID.search(sort_key)
    return match[0] if match else ""


def tombstone_item(dataset: str, row: Version | Review, withdrawal: Withdrawal) -> Item:
    """Return the tombstone of a version or a review in DynamoDB JSON."""
    mark = items.REVIEW if isinstance(row, Review) else ""
    return {
        "pk": {"S": items.year_partition(dataset, row.date)},
        "sk": {"S": f"{row.date}#{mark}{row.upload_id}#{withdrawal.deletion_id}"},
    }


def copy_items(dataset: str, date: str, partner: Version) -> Iterator[Item]:
    """Yield the copies of a partner's version, its reviews and their tombstones at a date."""
    pk, prefix = {"S": items.year_partition(dataset, date)}, f"{date}#{items.PARTNER}{partner.date}"
    sk = f"{prefix}#{partner.upload_id}"
    values = {"mean": {"S": partner.mean}, "deviation": {"S": partner.deviation}}
    yield {"pk": pk, "sk": {"S": sk}, **values}
    if partner.deletion_id:
        yield {"pk": pk, "sk": {"S": f"{sk}#{partner.deletion_id}"}}
    for review in partner.reviews:
        sk = f"{prefix}#{items.REVIEW}{review.upload_id}"
        values = {"mean": {"S": review.mean}, "verdict": {"S": review.verdict}}
        yield {"pk": pk, "sk": {"S": f"{sk}#{items.STORED}"}, **values}
        if review.deletion_id:
            yield {"pk": pk, "sk": {"S": f"{sk}#{review.deletion_id}"}}
