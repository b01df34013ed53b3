"""Write a reading as JSON members."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from aquasense.quality.flags import list_flags, without_details
from aquasense.readings.reviews import Review
from aquasense.readings.versions import Version
from aquasense.uploads.identity import parse_upload_time


def reading_members(reading: Version, verdicts: dict[str, str] | None = None) -> dict[str, Any]:
    """Return a reading with its source and review.

    Args:
        reading: current reading of a date.
        verdicts: of the quality tests, by test; None leaves flags and tests out.
    """
    quality: dict[str, Any] = {}
    if verdicts:
        quality = {"flags": list_flags(verdicts), "tests": without_details(verdicts)}
    return {
        "date": reading.date,
        **value_members(reading),
        **quality,
        **source_members(reading),
        "review": review_members(reading.review),
    }


def review_members(review: Review | None) -> dict[str, Any] | None:
    """Return a review with its source; None for none."""
    if review is None:
        return None
    return {
        "verdict": review.verdict,
        "comment": review.comment,
        "file": review.file,
        "line": review.line,
        "upload": review.upload_id,
        "reviewed_at": parse_upload_time(review.upload_id),
    }


def reviewed_members(readings: Iterable[Version]) -> dict[str, Any]:
    """Return the verdicts of reviewed readings by ISO date, as a member; none without such."""
    verdicts = {reading.date: reading.review.verdict for reading in readings if reading.review}
    return {"reviewed": verdicts} if verdicts else {}


def value_members(reading: Version) -> dict[str, Any]:
    """Return the values of a reading as exact decimals."""
    return {"mean": Decimal(reading.mean), "deviation": Decimal(reading.deviation)}


def source_members(reading: Version) -> dict[str, Any]:
    """Return file, line and upload of a reading."""
    return {
        "file": reading.file,
        "line": reading.line,
        "upload": reading.upload_id,
        "uploaded_at": parse_upload_time(reading.upload_id),
    }
