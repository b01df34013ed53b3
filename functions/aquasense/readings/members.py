"""A reading as JSON members."""

from decimal import Decimal
from typing import Any

from aquasense.quality.flags import list_flags
from aquasense.readings.versions import Version
from aquasense.uploads.identity import upload_time


def row(reading: Version, verdicts: dict[str, str] | None = None) -> dict[str, Any]:
    """A reading, where it came from, and what the tests say of it if that is known."""
    judged = {"flags": list_flags(verdicts), "tests": verdicts} if verdicts else {}
    return {"date": reading.date, **values(reading), **judged, **source(reading)}


def values(reading: Version) -> dict[str, Any]:
    """What a reading says, exactly."""
    return {"mean": Decimal(reading.mean), "deviation": Decimal(reading.deviation)}


def source(reading: Version) -> dict[str, Any]:
    """Where a reading came from."""
    return {
        "file": reading.file,
        "line": reading.line,
        "upload": reading.order,
        "uploaded_at": upload_time(reading.order),
    }
