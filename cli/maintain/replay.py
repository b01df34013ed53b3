"""Write receipts and withdrawals again, with the ledger entries of their alerts."""

from collections.abc import Iterable
from typing import Any, override

from adapters import items
from adapters.config import Config
from adapters.s3 import Bucket, ObjectStore, s3_client
from adapters.sns import Topic, sns_client
from adapters.table import Table
from aquasense import datasets
from aquasense.readings.versions import Version
from aquasense.uploads.receipts import Receipt
from cli.console import show_count
from ingest.ingester import RECEIPTS, Ingester, receipt_key
from notify.announce import Announcer


class EarlierTable(Table):
    """The table without the effect of some events, as it was before they happened.

    Attributes:
        hidden: ids of the events.
    """

    hidden: frozenset[str] = frozenset()

    @override
    async def read_versions(
        self, dataset: str, first: str, last: str, *, consistent: bool = False
    ) -> list[Version]:
        versions = await super().read_versions(dataset, first, last, consistent=consistent)
        return [self._restore(v) for v in versions if v.upload_id not in self.hidden]

    def _restore(self, version: Version) -> Version:
        if version.partners:
            shown = (p for p in version.partners if p.upload_id not in self.hidden)
            version = version._replace(partners=tuple(self._restore(p) for p in shown))
        if f"{version.deletion_id}#{version.upload_id}" in self.hidden:
            return version._replace(deletion_id="")
        return version


class Replay:
    """Write receipts and withdrawals with their ledger entries and marks, in order of events."""

    def __init__(self, config: Config, bucket: Bucket, table: EarlierTable) -> None:
        self._table = table
        self._datasets = datasets.load_datasets(config.alert_threshold)
        client = s3_client(config.region, config.endpoint_url)
        self._store = ObjectStore(client, config.receipts_bucket)
        self._ingester = Ingester(bucket, table, self._store, self._datasets, config.limits)
        # The topic is never used: record() does not publish.
        topic = Topic(sns_client(config.region, config.endpoint_url), config.alert_topic_arn)
        self._announcer = Announcer(
            table, topic, self._datasets, config.api_url, config.history_days
        )

    async def write_events(self, events: list[dict[str, Any]], missing: set[str]) -> None:
        """Write receipts and withdrawals.

        Args:
            events: items in order of their ids.
            missing: ids of the events whose item is not in the table.
        """
        ids = [event["sk"] for event in events]
        # An event that was announced has its ledger entries; one without readings needs none.
        pending = {
            event["sk"]
            for event in events
            if event["sk"] in missing
            and event.get("first")
            and not await self._table.is_sent(event["sk"])
        }
        with show_count("Repairing", len(events)) as advance:
            for position, event in enumerate(events):
                later = frozenset(ids[position + 1 :])
                if event["sk"] in pending:
                    self._table.hidden = later & pending
                    await self._announcer.record(event)
                    # Before the item invokes the notify function, so that it has nothing to send.
                    await self._table.mark_sent(event["sk"])
                if event["kind"] == "upload":
                    self._table.hidden = later & missing
                    await self._store_receipt(items.parse_receipt(event))
                await self._table.replace_item(event)
                advance(event["file"])

    async def write_lost_receipts(self, upload_ids: Iterable[str]) -> int:
        """Write the receipts that the bucket of receipts lacks; return their number."""
        self._table.hidden = frozenset()
        stored = set(self._store.list_keys(RECEIPTS))
        count = 0
        for upload_id in upload_ids:
            if receipt_key(upload_id) not in stored and (
                receipt := await self._table.read_receipt(upload_id)
            ):
                await self._store_receipt(receipt)
                count += 1
        return count

    async def _store_receipt(self, receipt: Receipt) -> None:
        dataset = self._datasets.by_name.get(receipt.dataset)
        await self._ingester.store_receipt(receipt, None if receipt.code else dataset)
