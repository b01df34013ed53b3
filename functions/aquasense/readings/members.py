"""A reading as JSON members."""

from decimal import Decimal
from typing import Any

from aquasense.quality.flags import list_flags
from aquasense.readings.versions import Version
from aquasense.uploads.identity import parse_upload_time


def reading_members(reading: Version, verdicts: dict[str, str] | None = None) -> dict[str, Any]:
    """A reading, where it came from, and what the tests say of it if that is known."""
    judged = {"flags": list_flags(verdicts), "tests": verdicts} if verdicts else {}
    return {"date": reading.date, **value_members(reading), **judged, **source_members(reading)}


def value_members(reading: Version) -> dict[str, Any]:
    """What a reading says, exactly."""
    return {"mean": Decimal(reading.mean), "deviation": Decimal(reading.deviation)}


def source_members(reading: Version) -> dict[str, Any]:
    """Where a reading came from."""
    return {
        "file": reading.file,
        "line": reading.line,
        "upload": reading.upload_id,
        "uploaded_at": parse_upload_time(reading.upload_id),
    }
