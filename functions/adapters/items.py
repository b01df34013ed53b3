"""The items of the table.

    pk                            sk                              item
    marmenor.temperature#2022     2022-12-01#<upload>             a version of a date
    marmenor.temperature#2022     2022-12-01#<upload>#<deletion>  tombstone of a withdrawn version
    marmenor.temperature#2022     2022-12-01#=<date>#<version>    copy of a partner's version
    marmenor.temperature#months   2022-12                         a month with rows
    uploads#2026                  <upload>                        receipt of an upload
    uploads#2026                  <deletion>#<upload>             withdrawal of an upload
    alerts#marmenor.temperature   2022-12-01#<event>              ledger entry of an event
    sent#<event>                  recorded                        mark: the ledger is complete
    sent#<event>                  sent                            mark: sent, or no message needed

<upload> is an upload id, <deletion> a deletion id, <event> the sort key of a receipt or withdrawal.
A partner is a date that shares a value (readings.repeats). The copies of its versions and their
tombstones are read with the date. Earlier releases take them for tombstones of nothing.

Items are never changed, so writes are idempotent and commutative. A year of a dataset is one item
collection: a figure is one Query for each year whose readings it needs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any

from aquasense.alerting.ledger import Event, LedgerEntry
from aquasense.csvfile.lines import Row
from aquasense.csvfile.reasons import parse_parameters
from aquasense.readings.versions import Version
from aquasense.uploads.identity import Upload, Withdrawal
from aquasense.uploads.notes import parse_note
from aquasense.uploads.privacy import parse_rejection, withhold_texts
from aquasense.uploads.receipts import Receipt

# Both sort after every character an upload id begins with; PARTNER precedes the date of a partner.
AFTER, PARTNER = "~", "="

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


def ledger_partition(dataset: str) -> str:
    """Return the partition of a dataset's ledger."""
    return f"alerts#{dataset}"


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


def tombstone_item(dataset: str, version: Version, withdrawal: Withdrawal) -> Item:
    """Return the tombstone of a version in DynamoDB JSON."""
    return {
        "pk": {"S": year_partition(dataset, version.date)},
        "sk": {"S": f"{version.date}#{version.upload_id}#{withdrawal.deletion_id}"},
    }


def copy_items(dataset: str, date: str, partner: Version) -> Iterator[Item]:
    """Yield the copy of a partner's version at a date, and that of its tombstone."""
    pk = {"S": year_partition(dataset, date)}
    sk = f"{date}#{PARTNER}{partner.date}#{partner.upload_id}"
    values = {"mean": {"S": partner.mean}, "deviation": {"S": partner.deviation}}
    yield {"pk": pk, "sk": {"S": sk}, **values}
    if partner.deletion_id:
        yield {"pk": pk, "sk": {"S": f"{sk}#{partner.deletion_id}"}}


def parse_versions(items: Iterable[Item]) -> list[Version]:
    """Return the versions among the items of one partition, each with its first deletion.

    Args:
        items: in DynamoDB JSON, by sort key.
    """
    versions: dict[str, Version] = {}
    copies: dict[str, dict[str, Version]] = {}
    for item in items:
        key = item["sk"]["S"]
        date, upload_id, *others = key.split("#")
        if not others:
            mean, deviation = item["mean"]["S"], item["deviation"]["S"]
            line, file = int(item["line"]["N"]), item["file"]["S"]
            versions[key] = Version(date, upload_id, mean, deviation, line, file)
        elif upload_id.startswith(PARTNER):
            _add_copy(copies.setdefault(date, {}), item, upload_id[1:], *others)
        else:
            _add_deletion(versions, f"{date}#{upload_id}", others[0])
    if not copies:
        return list(versions.values())
    partners = {date: tuple(group.values()) for date, group in copies.items()}
    return [
        version._replace(partners=partners.get(version.date, ())) for version in versions.values()
    ]


def _add_copy(
    copies: dict[str, Version], item: Item, date: str, upload_id: str, deletion_id: str = ""
) -> None:
    key = f"{date}#{upload_id}"
    if deletion_id:
        _add_deletion(copies, key, deletion_id)
    else:
        mean, deviation = item["mean"]["S"], item["deviation"]["S"]
        copies[key] = Version(date, upload_id, mean, deviation, line=0, file="")


def _add_deletion(versions: dict[str, Version], key: str, deletion_id: str) -> None:
    # A tombstone sorts right behind its version, and the earliest comes first.
    version = versions.get(key)
    if version and not version.deletion_id:
        versions[key] = version._replace(deletion_id=deletion_id)


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


def ledger_item(dataset: str, entry: LedgerEntry) -> Item:
    """Return a ledger entry in DynamoDB JSON."""
    members = {name: {"S": value} for name, value in entry._asdict().items() if value}
    del members["date"], members["event_id"]
    return {
        "pk": {"S": ledger_partition(dataset)},
        "sk": {"S": f"{entry.date}#{entry.event_id}"},
        **members,
    }


def parse_ledger_entry(item: Item) -> LedgerEntry:
    """Return the ledger entry of an item in DynamoDB JSON."""
    date, _, event_id = item["sk"]["S"].partition("#")
    members = {name: item[name]["S"] if name in item else "" for name in LedgerEntry._fields[2:]}
    return LedgerEntry(date, event_id, **members)
