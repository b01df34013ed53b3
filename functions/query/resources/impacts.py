"""Compute the impacts of uploads for the routes about them."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from aquasense.csvfile.lines import Rejection
from aquasense.datasets import UnknownDataset, is_review_key
from aquasense.readings.reviews import Review
from aquasense.readings.versions import Version
from aquasense.uploads.impact import Impact, compute_impact
from aquasense.uploads.receipts import Receipt, add_rejections, receipt_members
from aquasense.uploads.review_impact import check_review, compute_review_impact
from query.resources.base import Row, Sources, last_event_id

# Each impact is computed from all versions of its dataset, and may list a thousand flags.
PAGE_SIZE = 10
# Members of a receipt of reviews that depend on its impact.
CORRECTED = ("accepted", "rejected", "rejections", "rejections_not_listed")


@dataclass(slots=True)
class ImpactReader:
    """Compute impacts from the table, and read the versions of each dataset once.

    Attributes:
        sources: data sources.
        last_event_id: newest upload or deletion that the impacts depend on; empty for none.
    """

    sources: Sources
    last_event_id: str = ""
    _versions: dict[str, list[Version]] = field(default_factory=dict)
    _by_date: dict[str, dict[str, list[Version]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    # By dataset the first and the last date, and the reviews between them.
    _reviews: dict[str, tuple[str, str, list[Review]]] = field(default_factory=dict)

    async def read(self, receipt: Receipt) -> Impact | None:
        """Return the impact of an upload; None if it has no reading of a configured dataset."""
        if not receipt.accepted:
            return None
        try:
            dataset = self.sources.datasets.get(receipt.dataset)
        except UnknownDataset:
            return None
        versions = await self._read_versions(dataset.name)
        if not is_review_key(receipt.file):
            return compute_impact(receipt.id, dataset, versions)
        reviews = await self._read_reviews(dataset.name, receipt.first, receipt.last)
        return compute_review_impact(receipt.id, reviews, versions)

    async def read_rejections(self, upload: Row) -> list[Rejection]:
        """Return the rejections of the reviews of an upload that name no current value.

        Args:
            upload: its receipt as JSON members.
        """
        dataset = upload["dataset"]
        reviews = await self._read_reviews(dataset, upload["first"], upload["last"])
        if dataset not in self._by_date:
            for version in await self._read_versions(dataset):
                self._by_date[dataset][version.date].append(version)
        rejections = (
            check_review(review, self._by_date[dataset].get(review.date, ()))
            for review in reviews
            if review.upload_id == upload["id"]
        )
        return [rejection for rejection in rejections if rejection]

    async def _read_versions(self, dataset: str) -> list[Version]:
        if dataset not in self._versions:
            versions = await self.sources.table.read_all_versions(dataset)
            self._versions[dataset] = versions
            self.last_event_id = max(self.last_event_id, last_event_id(versions))
        return self._versions[dataset]

    async def _read_reviews(self, dataset: str, first: str, last: str) -> list[Review]:
        """Return the reviews of a range of dates, and of others that were read before."""
        begin, end, reviews = self._reviews.get(dataset, (first, last, None))
        if reviews is None or first < begin or last > end:
            begin, end = min(begin, first), max(end, last)
            reviews = await self.sources.table.read_reviews(dataset, begin, end)
            self._reviews[dataset] = begin, end, reviews
        return reviews


async def add_impacts(sources: Sources, uploads: Sequence[Row]) -> tuple[list[Row], str]:
    """Return a page of uploads with their impacts, and the newest event that these depend on."""
    receipts = await asyncio.gather(*(sources.table.read_receipt(row["id"]) for row in uploads))
    reader = ImpactReader(sources)
    rows: list[Row] = []
    for upload, receipt in zip(uploads, receipts, strict=True):
        impact = await reader.read(receipt) if receipt else None
        members = receipt_members(receipt, impact) if receipt else {}
        corrected = {name: members[name] for name in CORRECTED if name in members}
        rows.append(members | dict(upload) | corrected)
    return rows, reader.last_event_id


async def correct_reviews(sources: Sources, uploads: Sequence[Row]) -> list[Row]:
    """Return uploads whose counts of reviews are without those that name no current value."""
    reader, rows = ImpactReader(sources), list[Row]()
    for upload in uploads:
        members = dict(upload)
        if is_review_key(upload["file"]) and upload["accepted"]:
            add_rejections(members, await reader.read_rejections(upload))
        rows.append(members)
    return rows
