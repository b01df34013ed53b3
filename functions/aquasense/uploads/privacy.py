"""Remove the texts of a file, or everything that follows from it, from a receipt."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aquasense.csvfile.lines import Rejection
from aquasense.csvfile.reasons import parse_parameters
from aquasense.uploads.receipts import Receipt

# Reasons in which earlier releases quoted the header. They had no parameters.
QUOTING = {
    "no_header": "the first line is not a header with the three columns",
    "other_unit": "the header has another unit than the dataset",
}


def remove_content(receipt: Receipt, purged_at: str, name: str = "") -> Receipt:
    """Return the receipt of a purged upload, which has nothing that follows from the file.

    Args:
        receipt: of the upload.
        purged_at: ISO 8601.
        name: replaces the key and the version id; empty keeps them.
    """
    identity = Receipt(
        id=receipt.id,
        dataset=receipt.dataset,
        file=receipt.file,
        version_id=receipt.version_id,
        size=0,
        uploaded_at=receipt.uploaded_at,
        status=receipt.status,
        purged_at=receipt.purged_at or purged_at,
    )
    return replace(identity, file=name, version_id=name) if name else identity


def parse_rejection(members: Mapping[str, Any]) -> Rejection:
    """Return a stored rejection without its text."""
    line, parameters = int(members["line"]), parse_parameters(members)
    return Rejection(line, "", members["code"], members["reason"], parameters)


def withhold_texts(receipt: Receipt) -> Receipt:
    """Return the receipt without the texts of the file."""
    reason = receipt.reason if receipt.parameters else QUOTING.get(receipt.code, receipt.reason)
    return replace(
        receipt,
        reason=reason,
        full_reason="",
        rejections=tuple(rejection._replace(text="") for rejection in receipt.rejections),
    )
