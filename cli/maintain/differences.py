"""Compare the items of the table with those that follow from the bucket."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from adapters.config import Config
from adapters.items import Item, parse_versions
from adapters.s3 import Bucket
from adapters.upload_items import find_upload_id, is_copy, repeat_items
from aquasense import datasets
from aquasense.readings.versions import Version
from aquasense.uploads.privacy import QUOTING
from cli.console import show_count
from cli.maintain.expected import expect_items
from cli.maintain.gone import expect_gone
from cli.maintain.listing import Listing
from cli.maintain.plain import Key, PlainItem, find_key, is_row, read_table, serialize, to_plain


@dataclass(frozen=True, slots=True)
class Difference:
    """An item that is missing, differs, or does not follow from the bucket.

    Attributes:
        kind: missing in the table, different there, or foreign: it does not follow from the bucket.
        key: partition and sort key.
        expected, actual: the item; None if there is none.
    """

    kind: Literal["missing", "different", "foreign"]
    key: Key
    expected: PlainItem | None = None
    actual: PlainItem | None = None

    @property
    def is_event(self) -> bool:
        """Return True for a receipt or a withdrawal."""
        return self.key[0].startswith("uploads#")


@dataclass(slots=True)
class Comparison:
    """The result of comparing table and bucket; items is their number."""

    listing: Listing
    items: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Return True if there is no difference, and everything could be compared."""
        return not self.differences and self.listing.complete


@dataclass(slots=True)
class Comparer:
    """Compare expected items with those of the table.

    Attributes:
        listing: of the bucket.
        remaining: items of the table that are not compared yet.
        items: number of expected items.
    """

    listing: Listing
    remaining: dict[Key, PlainItem]
    items: int = 0
    differences: list[Difference] = field(default_factory=list)
    # Keys of expected items that several uploads share.
    _shared: set[Key] = field(default_factory=set)
    # Rows and tombstones by partition and sort key, in DynamoDB JSON.
    _rows: dict[str, dict[str, Item]] = field(default_factory=lambda: defaultdict(dict))

    def check(self, item: Item) -> None:
        """Compare an expected item with that of the table."""
        expected = to_plain(item)
        key = expected["pk"], expected["sk"]
        self._keep_row(expected)
        if not find_upload_id(expected):
            if key in self._shared:
                return
            self._shared.add(key)
        self.items += 1
        actual = self.remaining.pop(key, None)
        if actual is None:
            self.differences.append(Difference("missing", key, expected))
        elif without_texts(actual) != without_texts(expected):
            self.differences.append(Difference("different", key, expected, actual))

    def check_remaining(self) -> None:
        """Find the foreign items among those that no upload of the bucket explains."""
        groups: dict[str, list[PlainItem]] = defaultdict(list)
        copies = [key for key in self.remaining if is_copy(key[1])]
        for key in self.remaining.keys() - copies:
            groups[find_upload_id(self.remaining[key])].append(self.remaining[key])
        shared = groups.pop("", [])
        for upload_id, group in groups.items():
            self._check_group(upload_id, group)
        self._check_copies()
        if self.listing.complete:
            self._add_foreign(item for item in shared if find_key(item) not in self._shared)
            self._add_foreign(
                self.remaining[key]
                for key in copies
                if key in self.remaining and not self._has_original(key)
            )

    def _check_group(self, upload_id: str, group: list[PlainItem]) -> None:
        """Check the remaining items of one upload."""
        before = self.listing.uploads.get(upload_id)
        files = {before.upload.key} if before else {i["file"] for i in group if "file" in i}
        present = {v.upload.id: v for file in files for v in self.listing.list_file(file)}
        now = present.get(upload_id)
        undecided = files & self.listing.errors.keys() if files else not self.listing.complete
        if undecided or bool(before) != bool(now):
            # The bucket changed meanwhile, or it is not known whether it has the upload.
            for item in group:
                self._keep_row(item)
            self._accept_months(group)
        elif now:
            deletion = now.withdrawal.deletion_id if now.withdrawal else ""
            self._add_foreign(i for i in group if not deletion or deletion not in i["sk"])
        elif expected := list(expect_gone(upload_id, group)):
            for raw in expected:
                self.check(raw)
            self._accept_months(group)
            # What is left of its tombstones and receipt does not count.
            rows = (i for i in group if "mean" in i and find_key(i) in self.remaining)
            self._add_foreign(rows)
        else:
            self._add_foreign(group)

    def _check_copies(self) -> None:
        """Check the copies of rows at dates that share a value with them."""
        versions: dict[str, list[Version]] = defaultdict(list)
        for partition, rows in self._rows.items():
            dataset = partition.rpartition("#")[0]
            versions[dataset] += parse_versions(rows[key] for key in sorted(rows))
        for dataset in versions:
            for item in repeat_items(dataset, versions[dataset]):
                self.check(item)

    def _has_original(self, key: Key) -> bool:
        """Return True for a copy that an earlier state of the table needed."""
        _, _, original = key[1].partition("#=")
        return original in self._rows[f"{key[0][:-4]}{original[:4]}"]

    def _keep_row(self, item: PlainItem) -> None:
        if find_upload_id(item) and not is_copy(item["sk"]) and is_row(item):
            self._rows[item["pk"]][item["sk"]] = serialize(item)

    def _accept_months(self, group: list[PlainItem]) -> None:
        self._shared |= {(f"{item['pk'][:-5]}#months", item["sk"][:7]) for item in group}

    def _add_foreign(self, group: Iterable[PlainItem]) -> None:
        self.differences += [Difference("foreign", find_key(item), actual=item) for item in group]


def compare(bucket: Bucket, config: Config) -> Comparison:
    """Compare the table with the bucket.

    The bucket is listed first, so that an upload that arrives meanwhile is not missing; what is
    left in the table is then looked up once more, so that it is not foreign.
    """
    listing = Listing.of(bucket)
    comparer = Comparer(listing, read_table(config))
    if listing.end:
        files = {item["file"] for item in comparer.remaining.values() if "file" in item}
        listing.add_files(sorted(files))
    registered = datasets.load_datasets(config.alert_threshold)
    with show_count("Comparing", len(listing.uploads)) as advance:
        for stored in listing.in_order:
            for item in expect_items(listing, stored, registered, config):
                comparer.check(item)
            advance(stored.upload.key)
    comparer.check_remaining()
    differences = sorted(comparer.differences, key=lambda difference: difference.key)
    return Comparison(listing, comparer.items, differences)


def without_texts(item: PlainItem) -> PlainItem:
    """Return an item without the texts of a receipt.

    A receipt keeps its original reasons and their parameters: words and limits may have changed
    since. The rejected lines and their codes must agree, and it must not have texts of the file,
    which earlier releases stored.
    """
    if item.get("kind") != "upload":
        return item
    members = {name: value for name, value in item.items() if name not in ("reason", "parameters")}
    entries = item.get("rejections", ())
    quoted = item.get("code") in QUOTING and not item.get("parameters")
    return members | {
        "rejections": [(entry["line"], entry["code"]) for entry in entries],
        "private": quoted or any(entry.get("text") for entry in entries),
    }
