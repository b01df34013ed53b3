"""What becomes of an upload: the record that says a file is in, or why it is not."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from aquasense.csvfile.decode import UnreadableFile
from aquasense.csvfile.lines import Rejection
from aquasense.csvfile.scan import Scan
from aquasense.uploads.identity import Upload, parse_upload_time
from aquasense.uploads.impact import NO_IMPACT, Impact

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


def build_receipt(upload: Upload, dataset: str, scan: Scan) -> Receipt:
    """The receipt of a file whose rows are in the table."""
    return replace(
        _of(upload, dataset, INCORPORATED),
        accepted=scan.accepted,
        duplicated=scan.duplicated,
        rejected=scan.rejected,
        rejections=tuple(scan.rejections),
        first=scan.first,
        last=scan.last,
    )


def build_rejection(upload: Upload, dataset: str, why: UnreadableFile) -> Receipt:
    """The receipt of a file that could not be read at all."""
    return replace(_of(upload, dataset, REJECTED), code=why.code, reason=why.reason)


def _of(upload: Upload, dataset: str, status: str) -> Receipt:
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
    """As much as is known of an upload whose file went while it was read; it is kept nowhere."""
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


def outcome_members(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as JSON members, without the impact of the upload."""
    members = asdict(receipt)
    members["rejections"] = [rejection._asdict() for rejection in receipt.rejections]
    members["rejections_not_listed"] = receipt.rejected - len(receipt.rejections)
    return members


def receipt_members(receipt: Receipt, impact: Impact | None) -> dict[str, Any]:
    """Return a receipt as JSON members, with the impact of the upload where it is known.

    Args:
        receipt: of the upload.
        impact: None where it is unknown, or where the upload has no reading.
    """
    members = outcome_members(receipt)
    if impact is None and not receipt.accepted:
        impact = NO_IMPACT
    if impact:
        members |= asdict(impact)
    return members
