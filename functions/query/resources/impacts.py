"""Compute the impacts of uploads for the routes about them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from aquasense.datasets import UnknownDataset
from aquasense.readings.versions import Version
from aquasense.uploads.impact import Impact, compute_impact
from aquasense.uploads.receipts import Receipt, receipt_members
from query.resources.base import Row, Sources, last_event_id

# Each impact is computed from all versions of its dataset, and may list a thousand flags.
PAGE_SIZE = 10


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
        return compute_impact(receipt.id, dataset, self._versions[dataset.name])


async def add_impacts(sources: Sources, uploads: Sequence[Row]) -> tuple[list[Row], str]:
    """Return a page of uploads with their impacts, and the newest event that these depend on."""
    receipts = await asyncio.gather(*(sources.table.read_receipt(row["id"]) for row in uploads))
    reader = ImpactReader(sources)
    rows: list[Row] = []
    for upload, receipt in zip(uploads, receipts, strict=True):
        impact = await reader.read(receipt) if receipt else None
        rows.append((receipt_members(receipt, impact) if receipt else {}) | dict(upload))
    return rows, reader.last_event_id
