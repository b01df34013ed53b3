"""Find the oldest event without its `sent` mark: the sign that notify has stopped."""

from collections.abc import Container
from datetime import datetime

from adapters.table import Table, needs_announcement
from aquasense.uploads.identity import parse_upload_time

# Reads of one run. Events are sent in about the order of their ids, so what is older than 100 sent
# ones was seen by earlier runs.
MAX_EVENTS, MAX_SENT = 2000, 100


async def find_oldest_unsent(table: Table, datasets: Container[str], year: int) -> str | None:
    """Return the id of the oldest unsent event among the newest; None if all are sent.

    Args:
        table: with the events.
        datasets: names of the configured datasets; events of others need no message.
        year: the present one; the events of this and the previous year count, as in a redrive.
    """
    oldest = None
    events = sent = 0
    for each_year in (year, year - 1):
        async for item in table.iterate_events(each_year):
            events += 1
            if needs_announcement(item, datasets):
                if await table.is_sent(item["sk"]):
                    sent += 1
                else:
                    oldest = item["sk"]
            if events == MAX_EVENTS or sent == MAX_SENT:
                return oldest
    return oldest


def age_of_event(event_id: str, now: datetime) -> float:
    """Return the seconds since the upload or deletion of an event."""
    return max(0.0, (now - datetime.fromisoformat(parse_upload_time(event_id))).total_seconds())
