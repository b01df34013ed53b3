"""Decide which alerts an event needs: new ones, changes and retractions, each once.

The ledger holds every alert sent. An upload or a withdrawal needs an alert for each date whose
current value differs from the last entry of the ledger.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from aquasense.readings.versions import Version, current_readings
from aquasense.uploads.identity import parse_upload_date

NEW, CHANGED, RETRACTED = "new", "changed", "retracted"
ALERT, RETRACTION, HISTORY = "alert", "retraction", "history"


@dataclass(frozen=True, slots=True)
class Event:
    """An upload that was incorporated, or withdrawn.

    Attributes:
        id: stable id of the event's message; begins with its place in the order of uploads.
        upload: id of the upload.
        withdrawal: True if the upload was withdrawn.
    """

    id: str
    upload: str
    withdrawal: bool = False


class LedgerEntry(NamedTuple):
    """An alert about one date.

    Attributes:
        date: ISO.
        order: the event's id.
        kind: NEW, CHANGED (another value above the threshold) or RETRACTED.
        deviation, mean: the current values; empty where the date has no reading any more.
        before: the deviation of the alert in force before, empty without one.
        at: ISO 8601 time of the entry; later than all earlier entries of the date, whatever the
            clock says.
        doubtful: reasons to doubt the value, separated by ', ': flags as flags.list_flags() returns
            them, or 'scale:12.3' for the whole file. Empty without doubt.
    """

    date: str
    event_id: str
    kind: str
    deviation: str
    mean: str
    before: str = ""
    at: str = ""
    doubtful: str = ""


def new_entries(
    event: Event,
    versions: Iterable[Version],
    threshold: Decimal,
    ledger: Iterable[LedgerEntry],
    at: str,
) -> list[LedgerEntry]:
    """Return the ledger entries of an event, by date.

    An upload alerts only for dates of which its own value is current: for others, the event of the
    later upload does. Entries that the event already has in the ledger stay as they are, so that a
    retry after a crash sends the same message.

    Args:
        event: the upload or withdrawal.
        versions: of its dates, from all uploads.
        threshold: of the dataset; only a strictly greater deviation alerts.
        ledger: of its dates.
        at: ISO 8601 time of now.
    """
    versions = list(versions)
    readings = _by_date(versions)
    ledger = sorted(ledger, key=_chronological)
    entries = {entry.date: entry for entry in ledger if entry.event_id == event.id}
    last = {entry.date: entry for entry in ledger if entry.event_id != event.id}
    for version in versions:
        if version.upload_id != event.upload or version.date in entries:
            continue
        reading = readings.get(version.date)
        if event.withdrawal or (reading and _equal(reading.deviation, version.deviation)):
            previous = last.get(version.date)
            if entry := _entry(event, version.date, reading, threshold, previous, at):
                entries[version.date] = entry
    return [entries[day] for day in sorted(entries)]


def drop_superseded(
    pending: Iterable[LedgerEntry], ledger: Iterable[LedgerEntry], versions: Iterable[Version]
) -> list[LedgerEntry]:
    """Return the pending entries that no later event has corrected.

    An alert that failed and is sent late must not arrive after its own retraction.

    Args:
        pending: entries of one event.
        ledger: of their dates.
        versions: of their dates, from all uploads.
    """
    pending = list(pending)
    readings = _by_date(versions)
    newest = {entry.date: entry for entry in sorted([*ledger, *pending], key=_chronological)}
    return [
        entry
        for entry in pending
        if newest[entry.date].event_id == entry.event_id
        or not _matches(newest[entry.date], readings.get(entry.date))
    ]


def message_kind(entries: Iterable[LedgerEntry], event: Event, history_days: int) -> str:
    """Return the kind of a message that subscriptions filter by: ALERT, RETRACTION or HISTORY.

    ALERT if a reading above the threshold is recent. HISTORY if there are no retractions and all
    readings are more than history_days older than the event, as when years of files are loaded.
    """
    entries = list(entries)
    day = parse_upload_date(event.id)
    above = [entry for entry in entries if entry.kind != RETRACTED]
    # Ages are compared rather than dates: there may be no date so many days ago.
    if any((day - date.fromisoformat(entry.date)).days <= history_days for entry in above):
        return ALERT
    return HISTORY if len(above) == len(entries) else RETRACTION


def severity(entries: Iterable[LedgerEntry], threshold: Decimal) -> str:
    """Return 'info' without entries above the threshold, 'doubtful' if all of them are, else
    'high' from twice the threshold on and 'moderate' below."""
    above = [entry for entry in entries if entry.kind != RETRACTED]
    if not above:
        return "info"
    certain = [Decimal(entry.deviation) for entry in above if not entry.doubtful]
    if not certain:
        return "doubtful"
    return "high" if max(certain) >= 2 * threshold else "moderate"


def add_doubts(entries: Iterable[LedgerEntry], doubts: Mapping[str, str]) -> list[LedgerEntry]:
    """Return the entries with the doubt about their date, unless one is recorded already."""
    return [
        entry._replace(doubtful=doubts[entry.date])
        if entry.kind != RETRACTED and not entry.doubtful and doubts.get(entry.date)
        else entry
        for entry in entries
    ]


def _by_date(versions: Iterable[Version]) -> dict[str, Version]:
    return {reading.date: reading for reading in current_readings(versions)}


def _chronological(entry: LedgerEntry) -> tuple[str, str]:
    return entry.at, entry.event_id


def _entry(
    event: Event,
    day: str,
    reading: Version | None,
    threshold: Decimal,
    previous: LedgerEntry | None,
    at: str,
) -> LedgerEntry | None:
    at = _after(previous, at)
    alerted = previous.deviation if previous and previous.kind != RETRACTED else ""
    if reading is not None and Decimal(reading.deviation) > threshold:
        if alerted and _equal(alerted, reading.deviation):
            return None
        kind = CHANGED if alerted else NEW
        return LedgerEntry(day, event.id, kind, reading.deviation, reading.mean, alerted, at)
    if not alerted:
        return None
    deviation, mean = (reading.deviation, reading.mean) if reading else ("", "")
    return LedgerEntry(day, event.id, RETRACTED, deviation, mean, alerted, at)


def _after(previous: LedgerEntry | None, at: str) -> str:
    # The order of entries must not depend on whose clock is right: the function's or that of the
    # machine that runs `make redrive`.
    if previous is None or previous.at < at:
        return at
    return (datetime.fromisoformat(previous.at) + timedelta(milliseconds=1)).isoformat()


def _matches(entry: LedgerEntry, reading: Version | None) -> bool:
    if reading is None or not entry.deviation:
        return reading is None and not entry.deviation
    return _equal(entry.deviation, reading.deviation)


def _equal(number: str, other: str) -> bool:
    return Decimal(number) == Decimal(other)
