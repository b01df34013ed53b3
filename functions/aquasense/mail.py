"""How the mail reads: Spanish, then English, plain text."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter

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


@dataclass(frozen=True, slots=True)
class Language:
    """The phrases of one language, and a dataset's title in it."""

    title: Callable[[Dataset], str]
    above: tuple[str, str]
    changed: tuple[str, str]
    retracted: tuple[str, str]
    line: str
    before: str
    now: str
    withdrawn: str
    doubtful: str
    doubts: Mapping[str, str]
    more: str
    history: str
    meaning: str
    links: str
    source: str
    gone: str


SPANISH = Language(
    title=attrgetter("title_es"),
    above=(
        "1 lectura con una desviación superior al umbral de {threshold} {symbol}:",
        "{count} lecturas con una desviación superior al umbral de {threshold} {symbol}:",
    ),
    changed=(
        "1 lectura ya avisada tiene otro valor, todavía superior al umbral:",
        "{count} lecturas ya avisadas tienen otro valor, todavía superior al umbral:",
    ),
    retracted=("1 aviso se retira:", "{count} avisos se retiran:"),
    line="desviación {deviation} {symbol} ({above} por encima), media {mean} {symbol}",
    before=" (antes {before})",
    now="antes {before} {symbol}, ahora {deviation} {symbol}: no supera el umbral",
    withdrawn="antes {before} {symbol}, ahora sin lectura",
    doubtful=" [DUDOSA: {why}]",
    doubts={
        "timing": "la fecha es futura",
        "gross_range": "el valor está fuera de rango",
        "spike": "pico aislado entre sus vecinas",
        "rate_of_change": "cambio demasiado rápido",
        "scale": "las desviaciones del fichero son unas {} veces las habituales",
    },
    more="y {count} más, hasta el {last}.",
    history="Son datos históricos: el resumen de una carga, no un aviso de hoy.",
    meaning="""\
Qué puede significar: la desviación sigue la diferencia entre las estaciones de la laguna, así
que un valor alto dice más bien «el agua es desigual» que «el agua ha cambiado esta semana». Es
un indicio, no un diagnóstico: mire las estaciones antes de actuar.""",
    links="Las cifras de esos meses:",
    source="Fichero {file}, subido {time} (subida {upload}).",
    gone="Fichero {file}, borrado {time} (subida {upload}).",
)
ENGLISH = Language(
    title=attrgetter("title"),
    above=(
        "1 reading with a deviation above the threshold of {threshold} {symbol}:",
        "{count} readings with a deviation above the threshold of {threshold} {symbol}:",
    ),
    changed=(
        "1 reading announced before has another value, still above the threshold:",
        "{count} readings announced before have another value, still above the threshold:",
    ),
    retracted=("1 alert is retracted:", "{count} alerts are retracted:"),
    line="deviation {deviation} {symbol} ({above} above), mean {mean} {symbol}",
    before=" (before: {before})",
    now="before {before} {symbol}, now {deviation} {symbol}: not above the threshold",
    withdrawn="before {before} {symbol}, now without a reading",
    doubtful=" [DOUBTFUL: {why}]",
    doubts={
        "timing": "its date is in the future",
        "gross_range": "the value is out of range",
        "spike": "a lone spike between its neighbours",
        "rate_of_change": "it changes too fast",
        "scale": "the file's deviations are about {} times the usual",
    },
    more="and {count} more, up to {last}.",
    history="This is history: the summary of a load of data, not an alert of today.",
    meaning="""\
What it may mean: the deviation follows the spread between the lagoon's stations, so a high
value more likely says "the water is uneven" than "the water changed this week". It is a hint,
not a diagnosis: look at the stations before acting on it.""",
    links="The figures of those months:",
    source="File {file}, uploaded {time} (upload {upload}).",
    gone="File {file}, deleted {time} (upload {upload}).",
)


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
