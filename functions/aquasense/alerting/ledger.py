"""Decide which alerts an event needs: new ones, changes and retractions, each once.

The ledger holds every alert. An event, that is the arrival or the withdrawal of an upload, needs an
alert for each date whose current reading differs from the date's last ledger entry. One deletion
may withdraw several uploads: the first of these events alerts for the dates of all of them, so that
the others have nothing to tell.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from aquasense.readings.reviews import BAD
from aquasense.readings.versions import Version, all_readings, current_readings

NEW, CHANGED, RETRACTED = "new", "changed", "retracted"


@dataclass(frozen=True, slots=True)
class Event:
    """The arrival or the withdrawal of an upload.

    Attributes:
        id: event id; a retry has the same.
        upload: upload id.
        withdrawal: True for a withdrawal.
    """

    id: str
    upload: str
    withdrawal: bool = False

    def includes(self, version: Version) -> bool:
        """Return whether a version, or a review of its date, arrived or was withdrawn.

        It was withdrawn if that was done by the same deletion.
        """
        if version.is_part_of(self.upload):
            return True
        deletion_ids = version.deletion_id, *(review.deletion_id for review in version.reviews)
        return self.withdrawal and self.id.partition("#")[0] in deletion_ids


class LedgerEntry(NamedTuple):
    """An alert about one date.

    Attributes:
        date: ISO 8601.
        event_id: of the event.
        kind: NEW, CHANGED (another value above the threshold) or RETRACTED.
        deviation, mean: decimal numbers of the current reading; empty without a reading.
        before: deviation of the previous alert, unless that was retracted; empty without one.
        at: ISO 8601 time; always later than the date's previous entry.
        doubtful: flags of the reading (flags.list_flags) or 'scale:12.3' of its file, separated
            by ', '; empty without doubt.
        verdict: 'bad' of a retraction because of a review; empty otherwise.
    """

    date: str
    event_id: str
    kind: str
    deviation: str
    mean: str
    before: str = ""
    at: str = ""
    doubtful: str = ""
    verdict: str = ""


def build_entries(
    event: Event,
    versions: Iterable[Version],
    threshold: Decimal,
    ledger: Iterable[LedgerEntry],
    at: str,
) -> list[LedgerEntry]:
    """Return the ledger entries of an event in order of date.

    An upload alerts only for dates with its own value as current value: other dates belong to the
    event of the later upload. Of dates with reviews it alerts for every current value, because an
    earlier upload may change which value is reviewed. Entries that the event already has in the
    ledger are returned unchanged, so that a retry after a crash sends the same message.

    Args:
        event: arrival or withdrawal of an upload.
        versions: of the event's dates, from all uploads; of a withdrawal all of the dataset.
        threshold: of the dataset; only a strictly greater deviation alerts.
        ledger: entries of these dates, in any order.
        at: current time, ISO 8601.
    """
    versions = list(versions)
    readings = _index_by_date(versions)
    bad = {reading.date for reading in all_readings(versions) if reading.is_bad}
    ledger = sorted(ledger, key=_sort_key)
    entries = {entry.date: entry for entry in ledger if entry.event_id == event.id}
    last = {entry.date: entry for entry in ledger if entry.event_id != event.id}
    for version in versions:
        if not event.includes(version) or version.date in entries:
            continue
        reading = readings.get(version.date)
        is_own = reading and _equal(reading.deviation, version.deviation)
        if event.withdrawal or version.reviews or is_own:
            previous = last.get(version.date)
            if entry := _build_entry(event, version.date, reading, threshold, previous, at):
                verdict = BAD if version.date in bad else ""
                entries[version.date] = entry._replace(verdict=verdict)
    return [entries[date] for date in sorted(entries)]


def drop_superseded(
    pending: Iterable[LedgerEntry], ledger: Iterable[LedgerEntry], versions: Iterable[Version]
) -> list[LedgerEntry]:
    """Return the pending entries that no later event has corrected.

    An alert that failed and is sent late must not arrive after its own retraction.

    Args:
        pending: entries of one event.
        ledger: entries of the same dates.
        versions: of the same dates, from all uploads.
    """
    pending = list(pending)
    readings = _index_by_date(versions)
    newest = {entry.date: entry for entry in sorted([*ledger, *pending], key=_sort_key)}
    return [
        entry
        for entry in pending
        if newest[entry.date].event_id == entry.event_id
        or not _matches(newest[entry.date], readings.get(entry.date))
    ]


def add_doubts(entries: Iterable[LedgerEntry], doubts: Mapping[str, str]) -> list[LedgerEntry]:
    """Return the entries with the doubts of their dates; retractions have none.

    A doubt that is already recorded stays, so that a retry sends the same message.
    """
    return [
        entry._replace(doubtful=doubts[entry.date])
        if entry.kind != RETRACTED and not entry.doubtful and doubts.get(entry.date)
        else entry
        for entry in entries
    ]


def _index_by_date(versions: Iterable[Version]) -> dict[str, Version]:
    return {reading.date: reading for reading in current_readings(versions)}


def _sort_key(entry: LedgerEntry) -> tuple[str, str]:
    return entry.at, entry.event_id


def _build_entry(
    event: Event,
    date: str,
    reading: Version | None,
    threshold: Decimal,
    previous: LedgerEntry | None,
    at: str,
) -> LedgerEntry | None:
    at = _advance_time(previous, at)
    alerted = previous.deviation if previous and previous.kind != RETRACTED else ""
    if reading is not None and Decimal(reading.deviation) > threshold:
        if alerted and _equal(alerted, reading.deviation):
            return None
        kind = CHANGED if alerted else NEW
        return LedgerEntry(date, event.id, kind, reading.deviation, reading.mean, alerted, at)
    if not alerted:
        return None
    deviation, mean = (reading.deviation, reading.mean) if reading else ("", "")
    return LedgerEntry(date, event.id, RETRACTED, deviation, mean, alerted, at)


def _advance_time(previous: LedgerEntry | None, at: str) -> str:
    # Entries are sorted by time, and the clock of a machine that runs redrive may be wrong.
    if previous is None or previous.at < at:
        return at
    return (datetime.fromisoformat(previous.at) + timedelta(milliseconds=1)).isoformat()


def _matches(entry: LedgerEntry, reading: Version | None) -> bool:
    if reading is None or not entry.deviation:
        return reading is None and not entry.deviation
    return _equal(entry.deviation, reading.deviation)


def _equal(number: str, other: str) -> bool:
    return Decimal(number) == Decimal(other)
