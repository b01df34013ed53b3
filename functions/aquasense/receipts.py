"""What becomes of an upload: the record that says a file is in, or why it is not."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from aquasense import figures, flags
from aquasense.datasets import Dataset
from aquasense.decoding import Unreadable
from aquasense.figures import Month
from aquasense.reader import Rejection, Survey
from aquasense.versions import Upload, Version, current, upload_time

INCORPORATED, REJECTED = "incorporated", "rejected"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One upload's outcome. Everything in it follows from the file and its place in the order.

    Attributes:
        id: of the upload, which is also its order.
        dataset: name; empty where the folder names none.
        file, version_id, size: the object, its version and its bytes.
        uploaded_at: ISO 8601, UTC.
        status: INCORPORATED, or REJECTED as a whole for the reason of that code.
        accepted: dates with a reading; duplicated: readings a later line replaces;
            rejected: lines that are none, of which `rejections` lists the first.
        first, last: ISO dates of what was accepted, empty where nothing was.
    """

    id: str
    dataset: str
    file: str
    version_id: str
    size: int
    uploaded_at: str
    status: str
    code: str = ""
    reason: str = ""
    accepted: int = 0
    duplicated: int = 0
    rejected: int = 0
    rejections: tuple[Rejection, ...] = ()
    first: str = ""
    last: str = ""


def incorporated(upload: Upload, dataset: str, survey: Survey) -> Receipt:
    """The receipt of a file whose rows are in the table."""
    return Receipt(
        id=upload.id,
        dataset=dataset,
        file=upload.key,
        version_id=upload.version_id,
        size=upload.size,
        uploaded_at=upload_time(upload.id),
        status=INCORPORATED,
        accepted=survey.accepted,
        duplicated=survey.duplicated,
        rejected=survey.rejected,
        rejections=tuple(survey.rejections),
        first=survey.first,
        last=survey.last,
    )


def rejected(upload: Upload, dataset: str, why: Unreadable) -> Receipt:
    """The receipt of a file that could not be read at all."""
    return Receipt(
        id=upload.id,
        dataset=dataset,
        file=upload.key,
        version_id=upload.version_id,
        size=upload.size,
        uploaded_at=upload_time(upload.id),
        status=REJECTED,
        code=why.code,
        reason=why.reason,
    )


@dataclass(frozen=True, slots=True)
class MonthChange:
    """A month an upload touched: its figures just before and just after; None without readings.

    Each side is {"readings": int, "temp": …, "sd": …, "maxdiff": …}, figures as exact decimals.
    """

    month: str
    before: dict[str, Decimal | int | None] | None
    after: dict[str, Decimal | int | None] | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What an upload changed, as of its own place in the order.

    Attributes:
        new, changed, unchanged: dates that had no value, another one, the same one before.
        superseded: dates for which a later upload says something by now.
        flagged: what looks wrong, by ISO date.
        scale: how many times the usual deviation the file's is, where that is suspicious.
        months: those with a row of the upload, and the ones after them whose maxdiff rests on it.
    """

    new: int
    changed: int
    unchanged: int
    superseded: int
    flagged: dict[str, list[str]]
    scale: Decimal | None
    months: tuple[MonthChange, ...]


def effect(upload_id: str, dataset: Dataset, versions: Iterable[Version]) -> Effect:
    """What an upload changed.

    Args:
        upload_id: of an upload whose rows are among the versions.
        dataset: which it belongs to.
        versions: of all the dataset's dates, from all uploads.
    """
    known = list(versions)
    own = [version for version in known if version.order == upload_id]
    before = current([version for version in known if version.order < upload_id], upload_id)
    # The upload itself counts as not withdrawn: the effect is what it did when it came.
    after = current(
        [v if v.order != upload_id else v._replace(withdrawn="") for v in known], upload_id
    )
    old = {version.date: version for version in before}
    later = {version.date for version in known if version.order > upload_id}
    unchanged = sum(v.date in old and v.same_values(old[v.date]) for v in own)
    new = sum(version.date not in old for version in own)
    verdicts = flags.of(after, dataset.limits)
    shown = {version.date: flags.looks_wrong(verdicts[version.date]) for version in own}
    return Effect(
        new=new,
        changed=len(own) - new - unchanged,
        unchanged=unchanged,
        superseded=sum(version.date in later for version in own),
        flagged={day: found for day, found in sorted(shown.items()) if found},
        scale=flags.scale(
            [Decimal(version.deviation) for version in own],
            [Decimal(version.deviation) for version in before],
            dataset.limits,
        ),
        months=_months(own, before, after),
    )


def _months(
    own: Sequence[Version], before: Sequence[Version], after: Sequence[Version]
) -> tuple[MonthChange, ...]:
    touched = {Month.of(version.date) for version in own}
    old, new = _by_month(before), _by_month(after)
    following = {month.next() for month in touched}
    return tuple(
        MonthChange(str(month), _figures(month, old), _figures(month, new))
        for month in sorted(touched | (following & set(new)))
    )


def _by_month(readings: Iterable[Version]) -> dict[Month, list[Version]]:
    grouped: dict[Month, list[Version]] = defaultdict(list)
    for reading in readings:
        grouped[Month.of(reading.date)].append(reading)
    return dict(grouped)


def _figures(
    month: Month, grouped: dict[Month, list[Version]]
) -> dict[str, Decimal | int | None] | None:
    readings = grouped.get(month)
    if not readings:
        return None
    previous = grouped.get(month.previous(), [])
    found = {
        metric: figures.of_month(metric, readings, previous).value for metric in figures.METRICS
    }
    return {"readings": len(readings), **found}
