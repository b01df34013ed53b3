"""One event, from what it changed to one message.

The order of the steps is what makes it safe to crash between any two: the ledger first, so that
nothing is announced without being on record; then the mark that the ledger is complete; then the
message; then the mark that nothing is left to send. A repetition before the last mark sends the
same message, with the same id, once more, whatever the table says by then, without the dates of
which another event told meanwhile: that one's message is the later one, sent or still to be sent.
A repetition after the last mark sends nothing.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters import items
from adapters.table import Table
from adapters.topic import Topic
from aquasense import flags
from aquasense.alerts import Announced, Event, doubted, last_words, news
from aquasense.datasets import Dataset, Datasets
from aquasense.effects import compute_scale
from aquasense.mail import Message, message
from aquasense.versions import current


@dataclass(frozen=True, slots=True)
class Announcer:
    """What announcing takes: where readings and ledger are, whom to tell, and the rules."""

    table: Table
    topic: Topic
    datasets: Datasets
    api_url: str
    history_days: int

    async def announce(self, item: items.Item) -> Message | None:
        """Tell the subscribers what a receipt or withdrawal changed; None if that is nothing.

        Args:
            item: of the receipt or withdrawal, as the table holds it.

        Raises:
            Exception: table or topic failed; doing it again completes it.
        """
        event = items.event(item)
        if not self._judges(item) or await self.table.sent(event.id):
            return None
        entries = await self.record(item)
        mail = None
        if entries:
            dataset = self.datasets.named(item["dataset"])
            mail = message(dataset, event, entries, item["file"], self.api_url, self.history_days)
            await asyncio.to_thread(self.topic.publish, mail)
        # Where there was nothing to tell as well: judged later, by the rules and readings of then,
        # the same event might make news.
        await self.table.mark_sent(event.id)
        return mail

    async def record(self, item: items.Item) -> list[Announced]:
        """Put into the ledger what there is to tell of a receipt or withdrawal, telling nobody.

        Returns those of its lines that no other event has overtaken with what holds.
        """
        if not self._judges(item):
            return []
        event = items.event(item)
        dataset = self.datasets.named(item["dataset"])
        dates = dataset.name, item["first"], item["last"]
        ledger = await self.table.announced(*dates)
        versions = await self.table.versions(*dates, consistent=True)
        if await self.table.recorded(event.id):
            entries = [entry for entry in ledger if entry.order == event.id]
        else:
            at = datetime.now(UTC).isoformat()
            entries = news(event, versions, dataset.threshold, ledger, at)
            if entries:
                entries = doubted(entries, await self._doubts(event, dataset))
                await self.table.announce(dataset.name, entries)
                await self.table.mark_recorded(event.id)
        return last_words(entries, ledger, versions)

    def _judges(self, item: items.Item) -> bool:
        """Whether it has readings and there is a rule for them: a dataset may have been taken out
        of the configuration since."""
        return bool(item.get("first")) and item["dataset"] in self.datasets.by_name

    async def _doubts(self, event: Event, dataset: Dataset) -> dict[str, str]:
        """Why readings may be wrong, by date."""
        versions = await self.table.all_versions(dataset.name, consistent=True)
        evaluated = flags.evaluate(current(versions), dataset.limits)
        doubts = {date: ", ".join(flags.list_flags(tests)) for date, tests in evaluated.items()}
        scale = compute_scale(event.upload, dataset, versions)
        if scale is not None and not event.withdrawal:
            own = (version.date for version in versions if version.order == event.upload)
            doubts |= dict.fromkeys(own, f"scale:{scale}")
        return doubts
