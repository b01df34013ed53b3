"""Write receipts and withdrawals again, with the ledger entries of their alerts."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, override

from botocore.exceptions import ClientError

from adapters.config import Config
from adapters.s3 import Bucket, Gone, ObjectStore, StoredVersion, s3_client
from adapters.sns import Topic, sns_client
from adapters.table import Table
from aquasense import datasets
from aquasense.readings.reviews import Review
from aquasense.readings.versions import Version
from aquasense.uploads.identity import parse_upload_date
from cli.console import show_count
from cli.maintain.expected import read_upload
from ingest.ingester import RECEIPTS, Ingester, receipt_key
from notify.announce import Announcer

# Days after which the bucket of receipts deletes them.
RECEIPT_DAYS = 365


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
        if version.reviews:
            reviews = (r for r in version.reviews if r.upload_id not in self.hidden)
            version = version._replace(reviews=tuple(self._undelete(r) for r in reviews))
        return self._undelete(version)

    def _undelete[T: (Version, Review)](self, row: T) -> T:
        is_hidden = f"{row.deletion_id}#{row.upload_id}" in self.hidden
        return row._replace(deletion_id="") if is_hidden else row


class Replay:
    """Write receipts and withdrawals with their ledger entries and marks, in order of events."""

    def __init__(
        self,
        config: Config,
        bucket: Bucket,
        table: EarlierTable,
        uploads: Mapping[str, StoredVersion],
    ) -> None:
        """Open the clients; uploads are those of the bucket, by id."""
        self._config, self._bucket, self._uploads = config, bucket, uploads
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
                    await self._store_receipt(event["sk"])
                await self._table.replace_item(event)
                advance(event["file"])

    async def write_lost_receipts(self) -> int:
        """Write the receipts that the bucket of receipts lost; return their number.

        Those of files that could not be listed or read, and those that expired, stay away.
        """
        self._table.hidden = frozenset()
        stored = set(self._store.list_keys(RECEIPTS))
        oldest = datetime.now(UTC).date() - timedelta(days=RECEIPT_DAYS)
        return sum([
            await self._store_receipt(upload_id)
            for upload_id in self._uploads
            if receipt_key(upload_id) not in stored
            and parse_upload_date(upload_id) > oldest
            and await self._table.read_receipt(upload_id)
        ])  # fmt: skip

    async def _store_receipt(self, upload_id: str) -> bool:
        """Write the receipt of an upload in the table; return False if its file cannot be read.

        The file is read again, because the table does not have its texts.
        """
        stored = self._uploads.get(upload_id)
        if stored is None:
            return False
        try:
            receipt, _ = read_upload(self._bucket, stored, self._datasets, self._config)
        except (Gone, ClientError):
            return False
        dataset = self._datasets.by_name.get(receipt.dataset)
        await self._ingester.store_receipt(receipt, None if receipt.code else dataset)
        return True
