"""Cite the readings of a dataset as of one time: text after DataCite, BibTeX, what can move it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from aquasense.datasets import NOT_STATED, Dataset
from aquasense.uploads.identity import format_id_time

# The queue delivers a notification five times, every 24 minutes (template.yaml): after that time an
# upload is ingested, or its message is in the dead-letter queue.
SETTLING = timedelta(hours=2)
MOVES = (
    "An older object version that is ingested late, such as a message that is moved back from the "
    "dead-letter queue, is added to the past state.",
    "The purge of a file removes its readings from every past state.",
)
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", **{character: f"\\{character}" for character in "&%$#_"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """The readings of a dataset as of one time.

    Attributes:
        dataset: of the readings, at least one.
        as_of: ISO 8601 time in UTC; empty for the current state.
        url: of the CSV with date, mean and deviation.
        sha256, size: of the bytes of that CSV.
        readings: number of readings.
        first, last: their first and last date.
        changed_at: time of the newest upload or deletion that they depend on.
    """

    dataset: Dataset
    as_of: str
    url: str
    sha256: str
    size: int
    readings: int
    first: str
    last: str
    changed_at: str


def explain_not_frozen(as_of: str | None, now: datetime) -> str:
    """Return why a state can still change by itself; empty for a frozen one.

    Args:
        as_of: beginning of upload ids (times.parse_time); None for the current state.
        now: the current time.
    """
    if as_of is None:
        return "The current state changes with every upload. A frozen state needs as_of."
    if as_of > format_id_time(now):
        return "as_of is in the future: files may still be uploaded before it."
    if as_of > format_id_time(now - SETTLING):
        return (
            "An upload from before as_of may still be on its way: a file is ingested within "
            f"{SETTLING // timedelta(hours=1)} hours, or not without an operator. Ask again later."
        )
    return ""


def describe_licence(dataset: Dataset) -> str:
    """Return the licence as a sentence; "Licence not stated" without one."""
    stated = dataset.licence != NOT_STATED
    return f"Licence: {dataset.licence.rstrip('.')}" if stated else "Licence not stated"


def list_roles(dataset: Dataset) -> tuple[str, str]:
    """Return creator and publisher; the text says so if one is not stated."""
    about = dataset.description
    creator = (about.creator or {}).get("name", "") or about.institution
    publisher = about.institution or creator
    return creator or "Creator not stated", publisher or "Publisher not stated"


def cite_as_text(state: State, *, frozen: bool) -> str:
    """Return the citation in DataCite's order: creator, year, title, version, publisher, URL.

    Only that of a frozen state has the digest.
    """
    creator, publisher = list_roles(state.dataset)
    version = f"State of {state.as_of}. " if state.as_of else ""
    digest = f" (SHA-256 {state.sha256})" if frozen else ""
    return (
        f"{creator} ({state.changed_at[:4]}): {state.dataset.title}. {version}{publisher}. "
        f"Dataset. {state.url}{digest}. {describe_licence(state.dataset)}."
    )


def cite_as_bibtex(state: State, *, frozen: bool) -> str:
    """Return the citation as a BibTeX entry; only that of a frozen state has the digest."""
    creator, publisher = list_roles(state.dataset)
    key = re.sub(r"[^a-z0-9]+", "-", f"{state.dataset.name}-{state.as_of or 'current'}".lower())
    digest = f"SHA-256 {state.sha256}. " if frozen else ""
    fields = {
        "author": f"{{{_escape(creator)}}}",
        "title": f"{{{_escape(state.dataset.title)}}}",
        "year": state.changed_at[:4],
        "version": state.as_of,
        "publisher": _escape(publisher),
        "howpublished": "Dataset",
        # As it is: LaTeX typesets it with \url.
        "url": state.url,
        "note": _escape(f"{digest}{describe_licence(state.dataset)}"),
    }
    lines = (f"  {name} = {{{text}}}" for name, text in fields.items() if text)
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}\n"


def _escape(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)
