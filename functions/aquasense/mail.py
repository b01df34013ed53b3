"""How the mail reads: Spanish, then English, plain text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from aquasense.alerts import (
    ALERT,
    CHANGED,
    HISTORY,
    NEW,
    RETRACTED,
    Announced,
    Event,
    kind,
    severity,
)
from aquasense.datasets import Dataset
from aquasense.figures import EXACT
from aquasense.phrases import ENGLISH, SPANISH, Language
from aquasense.versions import upload_time

SUBJECT_LENGTH = 100
# SNS takes 256 KiB in all; two languages, and room for the rest.
LISTED_BYTES = 100_000
LINKED_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Message:
    """One mail: subject in ASCII of at most SUBJECT_LENGTH characters, as SNS demands."""

    subject: str
    body: str
    attributes: dict[str, str]


def message(
    dataset: Dataset,
    event: Event,
    entries: Sequence[Announced],
    file: str,
    api_url: str,
    history_days: int,
) -> Message:
    """The one mail about an event.

    Args:
        dataset: whose readings they are.
        event: what happened; its id is in the message, the same if it is delivered twice.
        entries: what there is to tell, by date; at least one.
        file: the key of the upload's object.
        api_url: where the figures are; empty leaves the links out.
        history_days: how old a reading is before it is history.
    """
    what = kind(entries, event, history_days)
    # Also where something is taken back besides, which no filter on history must keep away.
    old = what != ALERT and any(entry.kind != RETRACTED for entry in entries)
    bodies = [
        _body(language, dataset, event, entries, file, api_url, history=old)
        for language in (SPANISH, ENGLISH)
    ]
    return Message(
        subject=_subject(dataset, entries, history=what == HISTORY),
        body=f"\n{'-' * 72}\n\n".join(bodies),
        attributes={
            "kind": what,
            "dataset": dataset.name,
            "severity": severity(entries, dataset.threshold),
            "upload": event.id,
        },
    )


def _subject(dataset: Dataset, entries: Sequence[Announced], *, history: bool) -> str:
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
    found = (
        f"{name}: {dataset.name}, {', '.join([*both, date])}",
        # What is too long for both languages does without the date, then without Spanish.
        f"{name}: {dataset.name}, {', '.join(both)}",
        f"{short}: {dataset.name}, {', '.join(english)}",
    )
    fitting = (subject for subject in found if len(subject) <= SUBJECT_LENGTH)
    # A threshold of many digits must not keep an alert from being sent.
    return next(fitting, found[-1][:SUBJECT_LENGTH])


def _plural(words: str, count: int) -> str:
    """Each word with an s where there are several: Spanish and English agree on that."""
    return re.sub(r"\b(?=/| |$)", "s", words) if count > 1 else words


def _body(
    words: Language,
    dataset: Dataset,
    event: Event,
    entries: Sequence[Announced],
    file: str,
    api_url: str,
    *,
    history: bool,
) -> str:
    parts = [f"{words.title(dataset)} ({dataset.name})"]
    if history:
        parts.append(words.history)
    room = LISTED_BYTES
    for what, heading in (
        (NEW, words.above),
        (CHANGED, words.changed),
        (RETRACTED, words.retracted),
    ):
        those = [entry for entry in entries if entry.kind == what]
        if not those:
            continue
        lines = _within(room, (_line(words, dataset, entry) for entry in those))
        room -= sum(len(line.encode()) for line in lines)
        count = {"count": len(those), "threshold": dataset.threshold, "symbol": dataset.symbol}
        parts.append(heading[len(those) > 1].format(**count) + "\n" + "\n".join(lines))
        if left := len(those) - len(lines):
            parts.append(words.more.format(count=left, last=those[-1].date))
    if any(entry.kind != RETRACTED for entry in entries):
        parts.append(words.meaning)
    if api_url:
        months = sorted({entry.date[:7] for entry in entries})[-LINKED_MONTHS:]
        parts.append("\n".join([words.links, *(_link(api_url, dataset, m) for m in months)]))
    source = words.gone if event.withdrawal else words.source
    parts.append(source.format(file=file, time=upload_time(event.id), upload=event.upload))
    return "\n\n".join(parts) + "\n"


def _line(words: Language, dataset: Dataset, entry: Announced) -> str:
    values = {"symbol": dataset.symbol, **entry._asdict()}
    if entry.kind == RETRACTED:
        text = (words.now if entry.deviation else words.withdrawn).format(**values)
    else:
        above = EXACT.subtract(Decimal(entry.deviation), dataset.threshold)
        text = words.line.format(above=f"{above:f}", **values)
        text += words.before.format(**values) if entry.before else ""
        why = ", ".join(_doubt(words, one) for one in entry.doubtful.split(", "))
        text += words.doubtful.format(why=why) if entry.doubtful else ""
    return f"  {entry.date}  {text}"


def _doubt(words: Language, reason: str) -> str:
    # What is wrong is told in words, not how wrong: a verdict is no more certain for its name.
    what, _, detail = reason.partition(":")
    return words.doubts[what].format(detail) if what in words.doubts else reason


def _within(room: int, lines: Iterator[str]) -> list[str]:
    taken = []
    for line in lines:
        room -= len(line.encode())
        if room < 0:
            break
        taken.append(line)
    return taken


def _link(api_url: str, dataset: Dataset, month: str) -> str:
    year, number = month.split("-")
    return f"  {api_url}/sd?month={int(number)}&year={year}&dataset={dataset.name}"
