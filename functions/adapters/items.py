"""What is kept as an item of the table, and what an item means.

    pk                            sk                             what
    marmenor.temperature#2022     2022-12-01#<order>             what one upload says of a date
    marmenor.temperature#2022     2022-12-01#<order>#<order'>    that it was withdrawn at order'
    marmenor.temperature#months   2022-12                        a month some upload has rows for
    uploads#2026                  <order>                        an upload's receipt
    uploads#2026                  <order'>#<order>               the withdrawal of an upload
    alerts#marmenor.temperature   2022-12-01#<event>             what an event said of a date
    sent#<event>                  recorded                       that alerts#… has all of the event
    sent#<event>                  sent                           that nothing is left to send of it

An event is an upload or a withdrawal, named by the sort key of its item in uploads#….

No item is ever changed, so writing is idempotent and commutes. A year of a dataset is one item
collection: a figure is one Query, and one more where what it is compared or judged with is of
another year (January, December, and February's maxdiff).
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from aquasense.alerting.ledger import Event, LedgerEntry
from aquasense.csvfile.lines import Rejection, Row
from aquasense.readings.versions import Version
from aquasense.uploads.identity import Upload, Withdrawal
from aquasense.uploads.receipts import Receipt

# Sorts after every character an upload id begins with.
AFTER = "~"

type Item = Mapping[str, Any]


def year_partition(dataset: str, date: str) -> str:
    """The partition of a date's versions."""
    return f"{dataset}#{date[:4]}"


def months_partition(dataset: str) -> str:
    """The partition of a dataset's months."""
    return f"{dataset}#months"


def uploads_partition(order: str) -> str:
    """The partition of what happened in the year of that place in the order."""
    return f"uploads#{order[:4]}"


def ledger_partition(dataset: str) -> str:
    """The partition of a dataset's ledger."""
    return f"alerts#{dataset}"


def month_item(dataset: str, month: str) -> Item:
    """A month of the index, as DynamoDB's JSON."""
    return {"pk": {"S": months_partition(dataset)}, "sk": {"S": month}}


def version_item(dataset: str, upload: Upload, row: Row) -> Item:
    """What an upload says of a date, as DynamoDB's JSON."""
    return {
        "pk": {"S": year_partition(dataset, row.date)},
        "sk": {"S": f"{row.date}#{upload.id}"},
        "mean": {"S": row.mean},
        "deviation": {"S": row.deviation},
        "line": {"N": str(row.line)},
        "file": {"S": upload.key},
    }


def tombstone_item(dataset: str, version: Version, withdrawal: Withdrawal) -> Item:
    """That a version is withdrawn, as DynamoDB's JSON."""
    return {
        "pk": {"S": year_partition(dataset, version.date)},
        "sk": {"S": f"{version.date}#{version.upload_id}#{withdrawal.deletion_id}"},
    }


def parse_versions(items: Iterable[Item]) -> list[Version]:
    """The versions among all items of one partition, in DynamoDB's JSON, each with its first
    withdrawal."""
    found: dict[str, Version] = {}
    for item in items:
        key = item["sk"]["S"]
        date, order, *withdrawn = key.split("#")
        if not withdrawn:
            found[key] = Version(
                date,
                order,
                item["mean"]["S"],
                item["deviation"]["S"],
                int(item["line"]["N"]),
                item["file"]["S"],
            )
            continue
        # A tombstone sorts right behind its version, and the earliest comes first.
        version = found.get(f"{date}#{order}")
        if version and not version.deletion_id:
            found[f"{date}#{order}"] = version._replace(deletion_id=withdrawn[0])
    return list(found.values())


def receipt_item(receipt: Receipt) -> dict[str, Any]:
    """A receipt as an item."""
    fields = {name: value for name, value in asdict(receipt).items() if value not in ("", ())}
    fields["rejections"] = [entry._asdict() for entry in receipt.rejections]
    return {"pk": uploads_partition(receipt.id), "sk": receipt.id, "kind": "upload", **fields}


def parse_receipt(item: Item) -> Receipt:
    """The receipt an item holds."""
    fields = {name: value for name, value in item.items() if name not in ("pk", "sk", "kind")}
    for name in ("size", "accepted", "duplicated", "rejected"):
        fields[name] = int(fields.get(name, 0))
    fields["rejections"] = tuple(
        Rejection(int(entry["line"]), entry["text"], entry["code"], entry["reason"])
        for entry in fields.get("rejections", ())
    )
    return Receipt(**{"dataset": "", **fields})


def withdrawal_item(withdrawal: Withdrawal, of: Receipt) -> dict[str, Any]:
    """The withdrawal of an upload as an item; it repeats what is needed to act on it."""
    item: dict[str, Any] = {
        "pk": uploads_partition(withdrawal.deletion_id),
        "sk": withdrawal.event_id,
        "kind": "withdrawal",
        "upload": withdrawal.upload_id,
        "dataset": of.dataset,
        "file": of.file,
    }
    return item | {name: getattr(of, name) for name in ("first", "last") if getattr(of, name)}


def parse_event(item: Item) -> Event:
    """The event a receipt's or a withdrawal's item tells of."""
    return Event(
        id=item["sk"],
        upload=item.get("upload", item["sk"]),
        withdrawal=item["kind"] == "withdrawal",
    )


def ledger_item(dataset: str, entry: LedgerEntry) -> Item:
    """A line of the ledger, as DynamoDB's JSON."""
    members = {name: {"S": value} for name, value in entry._asdict().items() if value}
    del members["date"], members["event_id"]
    return {
        "pk": {"S": ledger_partition(dataset)},
        "sk": {"S": f"{entry.date}#{entry.event_id}"},
        **members,
    }


def parse_ledger_entry(item: Item) -> LedgerEntry:
    """The line of the ledger an item in DynamoDB's JSON holds."""
    date, _, order = item["sk"]["S"].partition("#")
    members = {name: item[name]["S"] if name in item else "" for name in LedgerEntry._fields[2:]}
    return LedgerEntry(date, order, **members)
