"""Resources on an emulator for one run of the functions, and calls of the functions."""

import json

from tests.events import sqs_event, stream_event
from tests.faults.world import projection
from tests.integration.cloud import NONE_FAILED, Cloud


class Scene(Cloud):
    """The table, topic and mailbox of one run; all runs of a test share the bucket of `cloud`.

    Args:
        run: runs a job in the process of killable.py, or through the proxy.
    """

    def __init__(self, cloud, run):
        self.raw, self.run = cloud, run
        self._delivered = set()
        super().__init__(cloud.endpoint)

    def __post_init__(self):
        self.create_table_and_topic()

    def job(self, function, event, **more):
        env = self.environment | {"RECEIPTS_BUCKET": self.raw.name}
        job = {"function": function, "event": event, "env": env, "call": 0, "when": ""} | more
        return self.run(job)

    def ingest(self, event, **more):
        return self.job("ingest", sqs_event(event), **more)

    def ingest_completely(self, event, **more):
        """Ingest an event without a fault."""
        assert self.ingest(event, **more)["answer"] == NONE_FAILED

    def projection(self):
        return projection(self.items())

    def records(self):
        """Return the new upload records in the stream's order, without those returned before."""
        records = {
            key: item
            for key, item in sorted(self.items().items())
            if key[0].startswith("uploads#") and key not in self._delivered
        }
        self._delivered |= records.keys()
        return list(records.values())

    def notify(self, **more):
        """Announce every new upload record."""
        return self.job("notify", stream_event(*self.records()), **more)

    def mails(self):
        """Receive the new messages, and return (upload id, body) of each."""
        return [(mail["attributes"]["upload"], mail["body"]) for mail in self.new_mails()]

    def receipts(self):
        """Return the receipts in the bucket, by key."""
        page = self.raw.s3.list_objects_v2(Bucket=self.raw.name, Prefix="receipts/")
        return {
            entry["Key"]: json.loads(
                self.raw.s3.get_object(Bucket=self.raw.name, Key=entry["Key"])["Body"].read()
            )
            for entry in page.get("Contents", [])
        }
