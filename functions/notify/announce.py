"""Send at most one message for an event.

A crash between any two steps loses no alert:

1. write the event's ledger entries;
2. mark the event as recorded: its entries are complete;
3. publish the message;
4. mark the event as sent.

A retry before step 4 sends the same message under the same event id again, whatever the table holds
by then, without the dates that a later event has corrected. A retry after step 4 sends nothing.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters import items
from adapters.sns import Topic
from adapters.table import Table, needs_announcement
from aquasense.alerting.email import Email, compose_email
from aquasense.alerting.ledger import Event, LedgerEntry, add_doubts, build_entries, drop_superseded
from aquasense.datasets import Dataset, Datasets
from aquasense.dates import EARLIEST, LATEST
from aquasense.quality import flags
from aquasense.readings.versions import current_readings
from aquasense.uploads.impact import compute_scale


@dataclass(frozen=True, slots=True)
class Announcer:
    """Record and send the alerts of events."""

    table: Table
    topic: Topic
    datasets: Datasets
    api_url: str
    history_days: int

    async def announce(self, item: items.Item) -> Email | None:
        """Send the message of an event, and return it; None if the event needs none.

        Args:
            item: receipt or withdrawal item of the table.

        Raises:
            Exception: the table or the topic failed; a retry completes the event.
        """
        event = items.parse_event(item)
        if not self._is_relevant(item) or await self.table.is_sent(event.id):
            return None
        entries = await self.record(item)
        email = None
        if entries:
            email = compose_email(
                self.datasets.get(item["dataset"]),
                event,
                entries,
                item["file"],
                self.api_url,
                self.history_days,
            )
            await asyncio.to_thread(self.topic.publish, email)
        # Also without a message: with later limits and readings the event might need one.
        await self.table.mark_sent(event.id)
        return email

    async def record(self, item: items.Item) -> list[LedgerEntry]:
        """Write the ledger entries of an event; return those that no later event has corrected."""
        if not self._is_relevant(item):
            return []
        event = items.parse_event(item)
        dataset = self.datasets.get(item["dataset"])
        # The deletion of a file may withdraw uploads with other dates too.
        span = (EARLIEST, LATEST) if event.withdrawal else (item["first"], item["last"])
        dates = dataset.name, *span
        ledger = await self.table.read_ledger(*dates)
        versions = await self.table.read_versions(*dates, consistent=True)
        if await self.table.is_recorded(event.id):
            entries = [entry for entry in ledger if entry.event_id == event.id]
        else:
            now = datetime.now(UTC).isoformat()
            entries = build_entries(event, versions, dataset.threshold, ledger, now)
            if entries:
                entries = add_doubts(entries, await self._find_doubts(event, dataset))
                await self.table.write_ledger(dataset.name, entries)
                await self.table.mark_recorded(event.id)
        return drop_superseded(entries, ledger, versions)

    def _is_relevant(self, item: items.Item) -> bool:
        return needs_announcement(item, self.datasets.by_name)

    async def _find_doubts(self, event: Event, dataset: Dataset) -> dict[str, str]:
        """Return the reasons to doubt each date: its flags, or the scale of the event's file.

        A reviewed reading has none.
        """
        versions = await self.table.read_all_versions(dataset.name, consistent=True)
        readings = current_readings(versions)
        evaluated = flags.evaluate(readings, dataset.limits)
        by_date = flags.list_flags_by_date(readings, evaluated)
        doubts = {date: ", ".join(names) for date, names in by_date.items()}
        scale = compute_scale(event.upload, dataset, versions)
        if scale is not None and not event.withdrawal:
            own = {version.date for version in versions if version.upload_id == event.upload}
            own -= {reading.date for reading in readings if reading.review}
            doubts |= dict.fromkeys(own, f"scale:{scale}")
        return doubts
