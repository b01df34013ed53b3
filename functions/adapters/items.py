"""The items of the table.

    pk                            sk                              item
    marmenor.temperature#2022     2022-12-01#<upload>             a version of a date
    marmenor.temperature#2022     2022-12-01#<upload>#<deletion>  tombstone of a withdrawn version
    marmenor.temperature#2022     2022-12-01#?<upload>#!          review of a date
    marmenor.temperature#2022     2022-12-01#?<upload>#<deletion> tombstone of a withdrawn review
    marmenor.temperature#2022     2022-12-01#=<sort key>          copy of an item of a partner
    marmenor.temperature#months   2022-12                         a month with rows
    uploads#2026                  <upload>                        receipt of an upload
    uploads#2026                  <deletion>#<upload>             withdrawal of an upload
    alerts#marmenor.temperature   2022-12-01#<event>              ledger entry of an event
    sent#<event>                  recorded                        mark: the ledger is complete
    sent#<event>                  sent                            mark: sent, or no message needed

<upload> is an upload id, <deletion> a deletion id, <event> the sort key of a receipt or withdrawal.
A partner is a date that shares a value (readings.repeats). The copies of its versions, reviews and
tombstones are read with the date. Earlier releases take them for tombstones of nothing.

Items are never changed, so writes are idempotent and commutative. A year of a dataset is one item
collection: a figure is one Query for each year whose readings it needs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

from aquasense.alerting.ledger import Event
from aquasense.csvfile.lines import ReviewRow, Row
from aquasense.csvfile.reasons import parse_parameters
from aquasense.readings.reviews import Review
from aquasense.readings.versions import Version
from aquasense.uploads.identity import Upload, Withdrawal
from aquasense.uploads.notes import parse_note
from aquasense.uploads.privacy import parse_rejection, withhold_texts
from aquasense.uploads.receipts import Receipt

# The first three sort after every character an upload id begins with; PARTNER precedes a partner's
# sort key, REVIEW the upload id of a review. STORED sorts before deletion ids.
AFTER, PARTNER, REVIEW, STORED = "~", "=", "?", "!"

type Item = Mapping[str, Any]


def year_partition(dataset: str, date: str) -> str:
    """Return the partition of a date's versions."""
    return f"{dataset}#{date[:4]}"


def months_partition(dataset: str) -> str:
    """Return the partition of a dataset's months."""
    return f"{dataset}#months"


def uploads_partition(event_id: str) -> str:
    """Return the partition of an event, which is that of its year."""
    return f"uploads#{event_id[:4]}"


def month_item(dataset: str, month: str) -> Item:
    """Return a month of the index in DynamoDB JSON."""
    return {"pk": {"S": months_partition(dataset)}, "sk": {"S": month}}


def version_item(dataset: str, upload: Upload, row: Row) -> Item:
    """Return the version of a date in DynamoDB JSON."""
    return {
        "pk": {"S": year_partition(dataset, row.date)},
        "sk": {"S": f"{row.date}#{upload.id}"},
        "mean": {"S": row.mean},
        "deviation": {"S": row.deviation},
        "line": {"N": str(row.line)},
        "file": {"S": upload.key},
    }


def review_item(dataset: str, upload: Upload, row: ReviewRow) -> Item:
    """Return the review of a date in DynamoDB JSON."""
    return {
        "pk": {"S": year_partition(dataset, row.date)},
        "sk": {"S": f"{row.date}#{REVIEW}{upload.id}#{STORED}"},
        "mean": {"S": row.mean},
        "verdict": {"S": row.verdict},
        "comment": {"S": row.comment},
        "line": {"N": str(row.line)},
        "file": {"S": upload.key},
    }


def parse_versions(items: Iterable[Item]) -> list[Version]:
    """Return the versions among the items of one partition, each with its first deletion.

    Args:
        items: in DynamoDB JSON, by sort key.
    """
    return _parse_versions((item["sk"]["S"], item) for item in items)


def parse_reviews(items: Iterable[Item]) -> list[Review]:
    """Return the reviews among the items of one partition, also of dates without a version.

    Args:
        items: in DynamoDB JSON, by sort key.
    """
    reviews: dict[str, Review] = {}
    for item in items:
        date, event, *rest = item["sk"]["S"].split("#", 2)
        if event.startswith(REVIEW):
            _add_review(reviews, item, date, event, rest[0])
    return list(reviews.values())


def _parse_versions(keyed: Iterable[tuple[str, Item]]) -> list[Version]:
    versions: dict[str, Version] = {}
    reviews: dict[str, dict[str, Review]] = {}
    copies: dict[str, list[tuple[str, Item]]] = {}
    for key, item in keyed:
        date, event, *rest = key.split("#", 2)
        if not rest:
            mean, deviation = item["mean"]["S"], item["deviation"]["S"]
            line, file = (int(item["line"]["N"]), item["file"]["S"]) if "file" in item else (0, "")
            versions[key] = Version(date, event, mean, deviation, line, file)
        elif event.startswith(PARTNER):
            copies.setdefault(date, []).append((f"{event[1:]}#{rest[0]}", item))
        elif event.startswith(REVIEW):
            _add_review(reviews.setdefault(date, {}), item, date, event, rest[0])
        else:
            _add_deletion(versions, f"{date}#{event}", rest[0])
    if not copies and not reviews:
        return list(versions.values())
    partners = {date: tuple(_parse_versions(group)) for date, group in copies.items()}
    own = {date: tuple(group.values()) for date, group in reviews.items()}
    return [
        version._replace(partners=partners.get(version.date, ()), reviews=own.get(version.date, ()))
        for version in versions.values()
    ]


def _add_review(
    reviews: dict[str, Review], item: Item, date: str, event: str, deletion_id: str
) -> None:
    if deletion_id != STORED:
        _add_deletion(reviews, f"{date}{event}", deletion_id)
        return
    review = Review(date, event[1:], item["mean"]["S"], item["verdict"]["S"])
    if "file" in item:
        comment, line, file = item["comment"]["S"], int(item["line"]["N"]), item["file"]["S"]
        review = review._replace(comment=comment, line=line, file=file)
    reviews[f"{date}{event}"] = review


def _add_deletion[T: (Version, Review)](rows: dict[str, T], key: str, deletion_id: str) -> None:
    # A tombstone sorts right behind its row, and the earliest comes first.
    row = rows.get(key)
    if row and not row.deletion_id:
        rows[key] = row._replace(deletion_id=deletion_id)


def receipt_item(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as an item, without the texts of the file."""
    # The texts are empty, not left out: earlier releases need the member.
    receipt = withhold_texts(receipt)
    members = {name: value for name, value in asdict(receipt).items() if value not in ("", (), {})}
    members["rejections"] = [entry._asdict() for entry in receipt.rejections]
    members |= {"notes": [note._asdict() for note in receipt.notes]} if receipt.notes else {}
    return {"pk": uploads_partition(receipt.id), "sk": receipt.id, "kind": "upload", **members}


def parse_receipt(item: Item) -> Receipt:
    """Return the receipt of an item, without the texts of the file that older items have."""
    members = {member.name: item[member.name] for member in fields(Receipt) if member.name in item}
    for name in ("size", "accepted", "duplicated", "rejected"):
        members[name] = int(members.get(name, 0))
    members["parameters"] = parse_parameters(item)
    members["rejections"] = tuple(map(parse_rejection, item.get("rejections", ())))
    members["notes"] = tuple(map(parse_note, item.get("notes", ())))
    return withhold_texts(Receipt(**{"dataset": "", **members}))


def withdrawal_item(withdrawal: Withdrawal, receipt: Receipt) -> dict[str, Any]:
    """Return a withdrawal as an item, with the members of the receipt that notify needs."""
    item: dict[str, Any] = {
        "pk": uploads_partition(withdrawal.deletion_id),
        "sk": withdrawal.event_id,
        "kind": "withdrawal",
        "upload": withdrawal.upload_id,
        "dataset": receipt.dataset,
        "file": receipt.file,
    }
    dates = {"first": receipt.first, "last": receipt.last}
    return item | {name: date for name, date in dates.items() if date}


def parse_event(item: Item) -> Event:
    """Return the event of a receipt or withdrawal."""
    return Event(
        id=item["sk"],
        upload=item.get("upload", item["sk"]),
        withdrawal=item["kind"] == "withdrawal",
    )
