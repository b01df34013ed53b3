"""Which readings are news, and how the mail reads that says so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from aquasense.datasets import Dataset
from aquasense.versions import Version, current, upload_time

# SNS takes 256 KiB; a thousand lines of some 100 characters leave room for long file names.
LISTED_READINGS = 1000
SUBJECT_LENGTH = 100

MEANING = """\
What it may mean: the deviation follows the spread between the lagoon's stations, so a high
value more likely says "the water is uneven" than "the water changed this week". It is a hint,
not a diagnosis: look at the stations before acting on it."""


class Announced(NamedTuple):
    """A line of the ledger: this upload announced this value for this date."""

    date: str
    order: str
    deviation: str
    mean: str


@dataclass(frozen=True, slots=True)
class Message:
    """One mail: subject in ASCII of at most 100 characters, as SNS demands."""

    subject: str
    body: str
    attributes: dict[str, str]


def news(
    upload_id: str, versions: Iterable[Version], threshold: Decimal, ledger: Iterable[Announced]
) -> list[Version]:
    """The readings an upload has to announce, by date.

    Strictly above the threshold, in force (no later upload says otherwise), and not announced
    with that value by another upload. What this upload itself has in the ledger stays news, so
    that an attempt after a crash finds the same.

    Args:
        upload_id: of the upload that was incorporated.
        versions: of its dates, from all uploads.
        threshold: of the dataset.
        ledger: of its dates.
    """
    known = list(versions)
    in_force = {version.date: version for version in current(known)}
    own: set[tuple[str, Decimal]] = set()
    others: set[tuple[str, Decimal]] = set()
    for entry in ledger:
        side = own if entry.order == upload_id else others
        side.add((entry.date, Decimal(entry.deviation)))
    found = []
    for version in known:
        value = Decimal(version.deviation)
        if version.order != upload_id or value <= threshold:
            continue
        holds = Decimal(in_force[version.date].deviation) == value
        mark = (version.date, value)
        if mark in own or (holds and mark not in others):
            found.append(version)
    return sorted(found)


def message(dataset: Dataset, upload_id: str, readings: Sequence[Version], api_url: str) -> Message:
    """The mail about an upload's news.

    Args:
        dataset: whose readings they are.
        upload_id: the stable id of the news: a message delivered twice carries it twice.
        readings: at least one, by date.
        api_url: where the figures are; empty leaves the links out.
    """
    count, latest = len(readings), readings[-1].date
    counted = "1 reading" if count == 1 else f"{count} readings"
    listed = readings[:LISTED_READINGS]
    parts = [
        f"{dataset.title} ({dataset.name})",
        f"{counted} with a deviation above the threshold of {dataset.threshold} {dataset.symbol}:",
        "\n".join(_line(reading, dataset) for reading in listed),
    ]
    if count > len(listed):
        parts.append(f"and {count - len(listed)} more, up to {latest}.")
    parts.append(MEANING)
    if api_url:
        months = sorted({reading.date[:7] for reading in listed})
        links = "\n".join(f"  {_link(api_url, dataset, month)}" for month in months[-12:])
        parts.append(f"The figures of the {'month' if len(months) == 1 else 'months'}:\n{links}")
    parts.append(
        f"File {readings[0].file}, uploaded {upload_time(upload_id)} (upload {upload_id}).\n"
        "A date is announced once with a value, however often its file is uploaded."
    )
    subject = f"AquaSense: {dataset.name}, {counted} above {dataset.threshold}, latest {latest}"
    return Message(
        # A threshold of many digits must not keep an alert from being sent.
        subject=subject[:SUBJECT_LENGTH],
        body="\n\n".join(parts) + "\n",
        attributes={"kind": "alert", "dataset": dataset.name, "upload": upload_id},
    )


def _line(reading: Version, dataset: Dataset) -> str:
    above = Decimal(reading.deviation) - dataset.threshold
    return (
        f"  {reading.date}  deviation {reading.deviation} {dataset.symbol}"
        f" ({above:f} above), mean {reading.mean} {dataset.symbol}"
    )


def _link(api_url: str, dataset: Dataset, month: str) -> str:
    year, number = month.split("-")
    return f"{api_url}/sd?month={int(number)}&year={year}&dataset={dataset.name}"
