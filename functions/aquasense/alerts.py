"""What subscribers have to be told: new alerts, changed ones, retractions; each once.

What they were told last of a date is in the ledger. An upload or a withdrawal is news where what
holds now differs from that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from aquasense.versions import Version, current, upload_day

NEW, CHANGED, RETRACTED = "new", "changed", "retracted"
ALERT, RETRACTION, HISTORY = "alert", "retraction", "history"


@dataclass(frozen=True, slots=True)
class Event:
    """An upload that was incorporated, or withdrawn.

    Attributes:
        id: the stable id of whatever is told about it; begins with its place in the order.
        upload: the upload that came, or went.
        withdrawal: whether it went.
    """

    id: str
    upload: str
    withdrawal: bool = False


class Announced(NamedTuple):
    """A line of the ledger: what an event made us tell of a date.

    Attributes:
        date: ISO.
        order: the event's id.
        kind: NEW, CHANGED (another value above the threshold) or RETRACTED.
        deviation, mean: what holds now; empty where the date has no reading any more.
        before: the deviation told last, empty if none stood.
        at: when it was told, ISO 8601; later than all that was told of the date before, whatever
            the clock said.
        doubtful: why the value may be wrong, empty if nothing looks wrong: flags as
            flags.looks_wrong() has them, with commas between, or 'scale:12.3' for the whole file.
    """

    date: str
    order: str
    kind: str
    deviation: str
    mean: str
    before: str = ""
    at: str = ""
    doubtful: str = ""


def news(
    event: Event,
    versions: Iterable[Version],
    threshold: Decimal,
    ledger: Iterable[Announced],
    at: str,
) -> list[Announced]:
    """What an event makes us tell, by date.

    An upload speaks only of dates for which its own value holds: where a later upload says
    otherwise, that one's event speaks. What this event already has in the ledger stays as it is,
    so that an attempt after a crash tells the same.

    Args:
        event: what happened.
        versions: of its dates, from all uploads.
        threshold: of the dataset; a deviation has to be strictly greater.
        ledger: of its dates.
        at: now, ISO 8601.
    """
    known = list(versions)
    in_force = {version.date: version for version in current(known)}
    entries = sorted(ledger, key=_told_at)
    own = {entry.date: entry for entry in entries if entry.order == event.id}
    told = {entry.date: entry for entry in entries if entry.order != event.id}
    found = dict(own)
    for version in known:
        if version.order != event.upload or version.date in own:
            continue
        holds = in_force.get(version.date)
        if event.withdrawal or (holds and _equal(holds.deviation, version.deviation)):
            entry = _entry(event, version.date, holds, threshold, told.get(version.date), at)
            if entry:
                found[version.date] = entry
    return [found[day] for day in sorted(found)]


def last_words(
    entries: Iterable[Announced], ledger: Iterable[Announced], versions: Iterable[Version]
) -> list[Announced]:
    """The entries after which no other event told what holds now of their date.

    What could not be sent in its time must not be sent after what corrected it: subscribers would
    be left with what no longer holds.

    Args:
        entries: of one event.
        ledger: of their dates.
        versions: of their dates, from all uploads.
    """
    known = list(entries)
    in_force = {version.date: version for version in current(versions)}
    last = {entry.date: entry for entry in sorted([*ledger, *known], key=_told_at)}
    return [
        entry
        for entry in known
        if last[entry.date].order == entry.order
        or not _holds(last[entry.date], in_force.get(entry.date))
    ]


def kind(entries: Iterable[Announced], event: Event, history_days: int) -> str:
    """What a message is for those who filter: ALERT, RETRACTION or HISTORY.

    ALERT as soon as one recent reading is above the threshold; HISTORY where all that are, are
    older than so many days before the event, as when years of files are loaded. However large that
    number is, it is only compared: there may be no date that long ago.
    """
    known = list(entries)
    day = upload_day(event.id)
    above = [entry for entry in known if entry.kind != RETRACTED]
    if any((day - date.fromisoformat(entry.date)).days <= history_days for entry in above):
        return ALERT
    return HISTORY if len(above) == len(known) else RETRACTION


def severity(entries: Iterable[Announced], threshold: Decimal) -> str:
    """'info' without anything above, 'doubtful' where all of it is, else 'high' from twice the
    threshold on, 'moderate' below."""
    above = [entry for entry in entries if entry.kind != RETRACTED]
    if not above:
        return "info"
    certain = [Decimal(entry.deviation) for entry in above if not entry.doubtful]
    if not certain:
        return "doubtful"
    return "high" if max(certain) >= 2 * threshold else "moderate"


def doubted(entries: Iterable[Announced], doubts: Mapping[str, str]) -> list[Announced]:
    """The entries with the reason to doubt each, by date; what is on record stays."""
    return [
        entry._replace(doubtful=doubts[entry.date])
        if entry.kind != RETRACTED and not entry.doubtful and doubts.get(entry.date)
        else entry
        for entry in entries
    ]


def _told_at(entry: Announced) -> tuple[str, str]:
    return entry.at, entry.order


def _entry(
    event: Event,
    day: str,
    holds: Version | None,
    threshold: Decimal,
    told: Announced | None,
    at: str,
) -> Announced | None:
    at = _after(told, at)
    stands = told.deviation if told and told.kind != RETRACTED else ""
    above = holds is not None and Decimal(holds.deviation) > threshold
    if holds is not None and above:
        if stands and _equal(stands, holds.deviation):
            return None
        what = CHANGED if stands else NEW
        return Announced(day, event.id, what, holds.deviation, holds.mean, stands, at)
    if not stands:
        return None
    deviation, mean = (holds.deviation, holds.mean) if holds else ("", "")
    return Announced(day, event.id, RETRACTED, deviation, mean, stands, at)


def _after(told: Announced | None, at: str) -> str:
    """The moment, or one just after what was told last: the ledger's order must not depend on
    whose clock is right, the function's or that of whoever runs make redrive."""
    if told is None or told.at < at:
        return at
    return (datetime.fromisoformat(told.at) + timedelta(milliseconds=1)).isoformat()


def _holds(entry: Announced, reading: Version | None) -> bool:
    if reading is None or not entry.deviation:
        return reading is None and not entry.deviation
    return _equal(entry.deviation, reading.deviation)


def _equal(one: str, other: str) -> bool:
    return Decimal(one) == Decimal(other)
