"""The receipt of an upload: its outcome, and the reasons of rejections."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from aquasense.csvfile.decode import UnreadableFile
from aquasense.csvfile.lines import Rejection
from aquasense.csvfile.reasons import Parameters
from aquasense.csvfile.scan import LISTED_REJECTIONS, Scan
from aquasense.datasets import UnknownDataset, is_review_key
from aquasense.uploads.identity import Upload, parse_upload_time
from aquasense.uploads.impact import NO_IMPACT, Impact
from aquasense.uploads.notes import Note

INCORPORATED, REJECTED = "incorporated", "rejected"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The outcome of one upload, which follows from the file and the upload id alone.

    The texts of the file, which are full_reason and the texts of the rejections, are private: the
    table does not have them, and no answer of the API may.

    Attributes:
        id: upload id.
        dataset: name; empty if the folder names no configured dataset.
        file, version_id, size: key, version and bytes of the object.
        uploaded_at: ISO 8601, UTC.
        status: INCORPORATED, or REJECTED if the whole file could not be read.
        code, reason, parameters: of a REJECTED file; empty otherwise.
        full_reason: the reason with the text of the header, if it is about that.
        accepted: number of dates with a reading or a review, those included that the impact
            rejects.
        duplicated: number of rows replaced by a later line for the same date.
        rejected: number of rejected lines.
        rejections: the first of the rejected lines.
        first, last: ISO dates of the first and the last reading; empty without readings.
        notes: of the file's notation.
        purged_at: ISO 8601 time of the removal of file, rows and receipt; empty if they exist.
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
    parameters: Parameters = field(default_factory=dict)
    full_reason: str = ""
    accepted: int = 0
    duplicated: int = 0
    rejected: int = 0
    rejections: tuple[Rejection, ...] = ()
    first: str = ""
    last: str = ""
    notes: tuple[Note, ...] = ()
    purged_at: str = ""


def build_receipt(upload: Upload, dataset: str, scan: Scan) -> Receipt:
    """Return the receipt of a file whose rows are in the table."""
    return replace(
        _start_receipt(upload, dataset, INCORPORATED),
        accepted=scan.accepted,
        duplicated=scan.duplicated,
        rejected=scan.rejected,
        rejections=tuple(scan.rejections),
        first=scan.first,
        last=scan.last,
        notes=_note_notation(scan),
    )


def _note_notation(scan: Scan) -> tuple[Note, ...]:
    if not (scan.commas and scan.points):
        return ()
    return (Note("decimal_points", {"count": scan.points, "line": scan.point_line}),)


def build_rejection(
    upload: Upload, dataset: str, error: UnreadableFile | UnknownDataset
) -> Receipt:
    """Return the receipt of a file that could not be read at all."""
    if isinstance(error, UnknownDataset):
        nearest = {"nearest": error.nearest} if is_review_key(upload.key) else {}
        error = UnreadableFile(
            "unknown_dataset",
            "there is no dataset {dataset!r}"
            + ("; the nearest is {nearest!r}" if nearest else "")
            + "; there is: {available}",
            dataset=error.name,
            available=error.configured,
            **nearest,
        )
    return replace(
        _start_receipt(upload, dataset, REJECTED),
        code=error.code,
        reason=error.reason,
        parameters=error.parameters,
        full_reason=error.full_reason,
    )


def _start_receipt(upload: Upload, dataset: str, status: str) -> Receipt:
    return Receipt(
        id=upload.id,
        dataset=dataset,
        file=upload.key,
        version_id=upload.version_id,
        size=upload.size,
        uploaded_at=parse_upload_time(upload.id),
        status=status,
    )


def build_partial_receipt(
    upload_id: str, dataset: str, file: str, version_id: str, dates: Sequence[str]
) -> Receipt:
    """Return a receipt, for a withdrawal alone, of an upload deleted while it was ingested.

    Args:
        upload_id, dataset, file, version_id: of the upload.
        dates: ISO dates of its rows in the table; at least one.
    """
    return Receipt(
        id=upload_id,
        dataset=dataset,
        file=file,
        version_id=version_id,
        size=0,
        uploaded_at=parse_upload_time(upload_id),
        status=REJECTED,
        accepted=len(dates),
        first=min(dates),
        last=max(dates),
    )


def outcome_members(receipt: Receipt, *, private: bool = False) -> dict[str, Any]:
    """Return a receipt as JSON members, without the upload's impact.

    Args:
        receipt: of the upload.
        private: whether the members have the texts of the file.
    """
    members = asdict(receipt)
    del members["full_reason"], members["purged_at"], members["notes"]
    members["rejections"] = [rejection._asdict() for rejection in receipt.rejections]
    if private:
        members["reason"] = receipt.full_reason or receipt.reason
    else:
        for rejection in members["rejections"]:
            del rejection["text"]
    members["rejections_not_listed"] = receipt.rejected - len(receipt.rejections)
    return members


def receipt_members(
    receipt: Receipt, impact: Impact | None, *, private: bool = False
) -> dict[str, Any]:
    """Return a receipt as JSON members, with the upload's impact.

    Args:
        receipt: of the upload.
        impact: None leaves it out, unless the upload has no reading and so changed nothing.
        private: whether the members have the texts of the file.
    """
    members = outcome_members(receipt, private=private)
    if impact is None and not receipt.accepted:
        impact = NO_IMPACT
    if impact:
        effect = asdict(impact)
        add_rejections(members, effect.pop("rejections"), private=private)
        members |= effect
    notes = (*receipt.notes, *(impact.notes if impact else ()))
    return members | {"notes": [note._asdict() for note in notes]}


def add_rejections(
    members: dict[str, Any], rejections: Sequence[Rejection], *, private: bool = False
) -> None:
    """Add the rejections of an impact to JSON members that count their lines as accepted."""
    added = [rejection._asdict() for rejection in rejections]
    if not private:
        for rejection in added:
            del rejection["text"]
    listed = sorted([*members["rejections"], *added], key=lambda rejection: rejection["line"])
    members["rejections"] = listed[:LISTED_REJECTIONS]
    members["accepted"] -= len(added)
    members["rejected"] += len(added)
    members["rejections_not_listed"] = members["rejected"] - len(members["rejections"])
