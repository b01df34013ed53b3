"""List readings above a threshold, and the alerts sent for them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from aquasense.alerting.ledger import RETRACTED, LedgerEntry
from aquasense.figures.monthly import EXACT
from aquasense.readings.versions import Version
from aquasense.uploads.identity import format_time


def select_exceedances(readings: Iterable[Version], threshold: Decimal) -> list[Version]:
    """Return the readings with a deviation strictly greater than the threshold."""
    return [reading for reading in readings if Decimal(reading.deviation) > threshold]


def list_alerts(
    readings: Iterable[Version], threshold: Decimal, ledger: Iterable[LedgerEntry]
) -> Iterator[dict[str, Any]]:
    """Yield every date with a reading above the threshold or with an alert, as JSON members.

    Args:
        readings: current readings of the dates.
        threshold: in the dataset's unit.
        ledger: entries of the dates, in any order.
    """
    by_date = {reading.date: reading for reading in readings}
    entries: dict[str, list[LedgerEntry]] = {}
    for entry in sorted(ledger, key=lambda entry: (entry.at, entry.event_id)):
        entries.setdefault(entry.date, []).append(entry)
    exceeding = {reading.date for reading in select_exceedances(by_date.values(), threshold)}
    for date in sorted(exceeding.union(entries)):
        yield _alert_members(date, by_date.get(date), threshold, entries.get(date, []))


def simulate_threshold(readings: Sequence[Version], threshold: Decimal) -> dict[str, Any]:
    """Return the number of alerts a threshold would have caused, in all and by year."""
    exceedances = select_exceedances(readings, threshold)
    years = Counter(reading.date[:4] for reading in readings)
    alerting = Counter(reading.date[:4] for reading in exceedances)
    return {
        "threshold": threshold,
        "alerts": len(exceedances),
        "readings": len(readings),
        "years": [
            {"year": int(year), "alerts": alerting[year], "readings": count}
            for year, count in sorted(years.items())
        ],
    }


def exceedance_members(reading: Version, threshold: Decimal) -> dict[str, Any]:
    """Return a reading above a threshold, with the exact difference, as JSON members."""
    return {
        "date": reading.date,
        "deviation": Decimal(reading.deviation),
        "above_by": EXACT.subtract(Decimal(reading.deviation), threshold),
        "mean": Decimal(reading.mean),
        "file": reading.file,
        "line": reading.line,
        "upload": reading.upload_id,
    }


def _alert_members(
    date: str, reading: Version | None, threshold: Decimal, entries: Sequence[LedgerEntry]
) -> dict[str, Any]:
    deviation = Decimal(reading.deviation) if reading else None
    last = entries[-1] if entries else None
    return {
        "date": date,
        "deviation": deviation,
        "mean": Decimal(reading.mean) if reading else None,
        "above_threshold": deviation is not None and deviation > threshold,
        "upload": reading.upload_id if reading else None,
        "announced": _announcement_members(last) if last else None,
        "announcements": len(entries),
    }


def _announcement_members(entry: LedgerEntry) -> dict[str, Any]:
    value = entry.before if entry.kind == RETRACTED else entry.deviation
    return {
        "kind": entry.kind,
        "deviation": Decimal(value) if value else None,
        "at": format_time(entry.at) if entry.at else None,
        "by": entry.event_id,
        "doubtful": entry.doubtful or None,
    }
