"""Compute the impacts of uploads for the routes about them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from aquasense.datasets import UnknownDataset, is_review_key
from aquasense.readings.versions import Version
from aquasense.uploads.impact import Impact, compute_impact
from aquasense.uploads.receipts import Receipt, receipt_members
from aquasense.uploads.review_impact import compute_review_impact
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

    async def read(self, receipt: Receipt) -> Impact | None:
        """Return the impact of an upload; None if it has no reading of a configured dataset."""
        if not receipt.accepted:
            return None
        try:
            dataset = self.sources.datasets.get(receipt.dataset)
        except UnknownDataset:
            return None
        if dataset.name not in self._versions:
            versions = await self.sources.table.read_all_versions(dataset.name)
            self._versions[dataset.name] = versions
            self.last_event_id = max(self.last_event_id, last_event_id(versions))
        versions = self._versions[dataset.name]
        if not is_review_key(receipt.file):
            return compute_impact(receipt.id, dataset, versions)
        dates = receipt.first, receipt.last
        reviews = await self.sources.table.read_reviews(dataset.name, *dates)
        return compute_review_impact(receipt.id, reviews, versions)


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
    reviews = [row for row in uploads if is_review_key(row["file"]) and row["accepted"]]
    rows, _ = await add_impacts(sources, reviews)
    corrected = {row["id"]: {name: row[name] for name in CORRECTED} for row in rows}
    return [dict(row) | corrected.get(row["id"], {}) for row in uploads]
