"""Compose the e-mail of an event: plain text in Spanish, then in English."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from aquasense.alerting.attributes import ALERT, HISTORY, classify_message, rate_severity
from aquasense.alerting.ledger import CHANGED, NEW, RETRACTED, Event, LedgerEntry
from aquasense.alerting.texts import ENGLISH, SPANISH, Language
from aquasense.datasets import Dataset
from aquasense.figures.monthly import EXACT
from aquasense.uploads.identity import parse_upload_time

SUBJECT_LENGTH = 100
# Bytes of the lists in one language; SNS allows 256 KiB for the whole message.
LISTED_BYTES = 100_000
LINKED_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail for SNS.

    Attributes:
        subject: ASCII, at most SUBJECT_LENGTH characters.
        body: plain text.
        attributes: message attributes, which subscriptions filter by.
    """

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
        dataset: of the readings.
        event: arrival or withdrawal of an upload; its id is in the attributes.
        entries: ledger entries of the event in order of date; at least one.
        file: key of the upload's object.
        api_url: address of the API; empty leaves the links out.
        history_days: greatest age of a recent reading.
    """
    kind = classify_message(entries, event, history_days)
    # With retractions, old readings are a RETRACTION: a filter that drops HISTORY must let it pass.
    history = kind != ALERT and any(entry.kind != RETRACTED for entry in entries)
    bodies = [
        _write_body(language, dataset, event, entries, file, api_url, history=history)
        for language in (SPANISH, ENGLISH)
    ]
    return Email(
        subject=_write_subject(dataset, entries, history=kind == HISTORY),
        body=f"\n{'-' * 72}\n\n".join(bodies),
        attributes={
            "kind": kind,
            "dataset": dataset.name,
            "severity": rate_severity(entries, dataset.threshold),
            "upload": event.id,
        },
    )


def _write_subject(dataset: Dataset, entries: Sequence[LedgerEntry], *, history: bool) -> str:
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


def _write_body(
    language: Language,
    dataset: Dataset,
    event: Event,
    entries: Sequence[LedgerEntry],
    file: str,
    api_url: str,
    *,
    history: bool,
) -> str:
    parts = [f"{language.title(dataset)} ({dataset.name})"]
    if history:
        parts.append(language.history)
    bytes_left = LISTED_BYTES
    for kind, heading in (
        (NEW, language.above),
        (CHANGED, language.changed),
        (RETRACTED, language.retracted),
    ):
        group = [entry for entry in entries if entry.kind == kind]
        if not group:
            continue
        lines = _take_lines(bytes_left, (_write_line(language, dataset, entry) for entry in group))
        bytes_left -= sum(len(line.encode()) for line in lines)
        count = {"count": len(group), "threshold": dataset.threshold, "symbol": dataset.symbol}
        parts.append(heading[len(group) > 1].format(**count) + "\n" + "\n".join(lines))
        if omitted := len(group) - len(lines):
            parts.append(language.more.format(count=omitted, last=group[-1].date))
    if any(entry.kind != RETRACTED for entry in entries):
        parts.append(language.meaning)
    if api_url:
        months = sorted({entry.date[:7] for entry in entries})[-LINKED_MONTHS:]
        parts.append(
            "\n".join([language.links, *(_write_link(api_url, dataset, month) for month in months)])
        )
    source = language.gone if event.withdrawal else language.source
    parts.append(source.format(file=file, time=parse_upload_time(event.id), upload=event.upload))
    return "\n\n".join(parts) + "\n"


def _write_line(language: Language, dataset: Dataset, entry: LedgerEntry) -> str:
    values = {"symbol": dataset.symbol, **entry._asdict()}
    if entry.kind == RETRACTED:
        missing = language.reviewed if entry.verdict else language.withdrawn
        text = (language.now if entry.deviation else missing).format(**values)
    else:
        above = EXACT.subtract(Decimal(entry.deviation), dataset.threshold)
        text = language.line.format(above=f"{above:f}", **values)
        text += language.before.format(**values) if entry.before else ""
        doubts = ", ".join(_write_doubt(language, flag) for flag in entry.doubtful.split(", "))
        text += language.doubtful.format(why=doubts) if entry.doubtful else ""
    return f"  {entry.date}  {text}"


def _write_doubt(language: Language, flag: str) -> str:
    # The mail names the test and the detail, not the verdict.
    test, detail = flag.partition(":")[0], flag.rpartition(":")[2]
    return language.doubts[test].format(detail) if test in language.doubts else flag


def _take_lines(bytes_left: int, lines: Iterator[str]) -> list[str]:
    """Return the first lines that together have at most so many bytes."""
    fitting = []
    for line in lines:
        bytes_left -= len(line.encode())
        if bytes_left < 0:
            break
        fitting.append(line)
    return fitting


def _write_link(api_url: str, dataset: Dataset, month: str) -> str:
    year, number = month.split("-")
    return f"  {api_url}/sd?month={int(number)}&year={year}&dataset={dataset.name}"
