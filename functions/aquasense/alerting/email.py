"""Compose the e-mail of an event: plain text, Spanish, then English."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from aquasense.alerting.ledger import (
    ALERT,
    CHANGED,
    HISTORY,
    NEW,
    RETRACTED,
    Event,
    LedgerEntry,
    message_kind,
    severity,
)
from aquasense.alerting.texts import ENGLISH, SPANISH, Language
from aquasense.datasets import Dataset
from aquasense.figures.monthly import EXACT
from aquasense.uploads.identity import parse_upload_time

SUBJECT_LENGTH = 100
# SNS allows 256 KiB for two languages and everything around the lists.
LISTED_BYTES = 100_000
LINKED_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail. SNS demands a subject in ASCII of at most SUBJECT_LENGTH characters."""

    subject: str
    body: str
    attributes: dict[str, str]


def compose_email(
    dataset: Dataset,
    event: Event,
    entries: Sequence[LedgerEntry],
    file: str,
    api_url: str,
    history_days: int,
) -> Email:
    """Compose the e-mail of an event.

    Args:
        dataset: whose readings they are.
        event: the upload or withdrawal; its id is in the attributes.
        entries: of the ledger, by date; at least one.
        file: the key of the upload's object.
        api_url: address of the API; empty leaves the links out.
        history_days: greatest age of a recent reading.
    """
    kind = message_kind(entries, event, history_days)
    # A message with retractions besides has another kind, so that no filter on history drops it.
    history = kind != ALERT and any(entry.kind != RETRACTED for entry in entries)
    bodies = [
        _body(language, dataset, event, entries, file, api_url, history=history)
        for language in (SPANISH, ENGLISH)
    ]
    return Email(
        subject=_subject(dataset, entries, history=kind == HISTORY),
        body=f"\n{'-' * 72}\n\n".join(bodies),
        attributes={
            "kind": kind,
            "dataset": dataset.name,
            "severity": severity(entries, dataset.threshold),
            "upload": event.id,
        },
    )


def _subject(dataset: Dataset, entries: Sequence[LedgerEntry], *, history: bool) -> str:
    above = sum(entry.kind != RETRACTED for entry in entries)
    retracted = len(entries) - above
    both, english = [], []
    if above:
        both.append(f"{above} {_plural('lectura/reading', above)} > {dataset.threshold}")
        english.append(f"{above} {_plural('reading', above)} > {dataset.threshold}")
    if retracted:
        both.append(f"{retracted} {_plural('aviso retirado/alert', retracted)} retracted")
        english.append(f"{retracted} {_plural('alert', retracted)} retracted")
    date = entries[-1].date
    name, short = "AquaSense", "AquaSense"
    if history:
        name, short = "AquaSense historia/history", "AquaSense history"
    subjects = (
        f"{name}: {dataset.name}, {', '.join([*both, date])}",
        # Too long for both languages: without the date, then without Spanish.
        f"{name}: {dataset.name}, {', '.join(both)}",
        f"{short}: {dataset.name}, {', '.join(english)}",
    )
    fitting = (subject for subject in subjects if len(subject) <= SUBJECT_LENGTH)
    # A threshold of many digits must not keep an alert from being sent.
    return next(fitting, subjects[-1][:SUBJECT_LENGTH])


def _plural(words: str, count: int) -> str:
    """Add an s to each word for a count over 1, in Spanish and English alike."""
    return re.sub(r"\b(?=/| |$)", "s", words) if count > 1 else words


def _body(
    words: Language,
    dataset: Dataset,
    event: Event,
    entries: Sequence[LedgerEntry],
    file: str,
    api_url: str,
    *,
    history: bool,
) -> str:
    parts = [f"{words.title(dataset)} ({dataset.name})"]
    if history:
        parts.append(words.history)
    room = LISTED_BYTES
    for kind, heading in (
        (NEW, words.above),
        (CHANGED, words.changed),
        (RETRACTED, words.retracted),
    ):
        group = [entry for entry in entries if entry.kind == kind]
        if not group:
            continue
        lines = _within(room, (_line(words, dataset, entry) for entry in group))
        room -= sum(len(line.encode()) for line in lines)
        count = {"count": len(group), "threshold": dataset.threshold, "symbol": dataset.symbol}
        parts.append(heading[len(group) > 1].format(**count) + "\n" + "\n".join(lines))
        if left := len(group) - len(lines):
            parts.append(words.more.format(count=left, last=group[-1].date))
    if any(entry.kind != RETRACTED for entry in entries):
        parts.append(words.meaning)
    if api_url:
        months = sorted({entry.date[:7] for entry in entries})[-LINKED_MONTHS:]
        parts.append("\n".join([words.links, *(_link(api_url, dataset, m) for m in months)]))
    source = words.gone if event.withdrawal else words.source
    parts.append(source.format(file=file, time=parse_upload_time(event.id), upload=event.upload))
    return "\n\n".join(parts) + "\n"


def _line(words: Language, dataset: Dataset, entry: LedgerEntry) -> str:
    values = {"symbol": dataset.symbol, **entry._asdict()}
    if entry.kind == RETRACTED:
        text = (words.now if entry.deviation else words.withdrawn).format(**values)
    else:
        above = EXACT.subtract(Decimal(entry.deviation), dataset.threshold)
        text = words.line.format(above=f"{above:f}", **values)
        text += words.before.format(**values) if entry.before else ""
        why = ", ".join(_doubt(words, reason) for reason in entry.doubtful.split(", "))
        text += words.doubtful.format(why=why) if entry.doubtful else ""
    return f"  {entry.date}  {text}"


def _doubt(words: Language, reason: str) -> str:
    # The mail names the test, not its verdict.
    test, _, detail = reason.partition(":")
    return words.doubts[test].format(detail) if test in words.doubts else reason


def _within(room: int, lines: Iterator[str]) -> list[str]:
    fitting = []
    for line in lines:
        room -= len(line.encode())
        if room < 0:
            break
        fitting.append(line)
    return fitting


def _link(api_url: str, dataset: Dataset, month: str) -> str:
    year, number = month.split("-")
    return f"  {api_url}/sd?month={int(number)}&year={year}&dataset={dataset.name}"
