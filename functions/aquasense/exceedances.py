"""Readings above a threshold: those that were announced, and those another one would announce."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from aquasense.alerts import RETRACTED, Announced
from aquasense.figures import EXACT
from aquasense.versions import Version, shown


def above(readings: Iterable[Version], threshold: Decimal) -> list[Version]:
    """The readings whose deviation is strictly greater."""
    return [reading for reading in readings if Decimal(reading.deviation) > threshold]


def listed(
    readings: Iterable[Version], threshold: Decimal, ledger: Iterable[Announced]
) -> Iterator[dict[str, Any]]:
    """A row for every date that is above the threshold or was ever announced, by date.

    Args:
        readings: current readings in order of date.
        threshold: of the dataset.
        ledger: what subscribers were told of these dates.
    """
    in_force = {reading.date: reading for reading in readings}
    told: dict[str, list[Announced]] = {}
    for entry in sorted(ledger, key=lambda entry: (entry.at, entry.order)):
        told.setdefault(entry.date, []).append(entry)
    over = {reading.date for reading in above(in_force.values(), threshold)}
    for day in sorted(over.union(told)):
        yield _listed(day, in_force.get(day), threshold, told.get(day, []))


def simulated(readings: Sequence[Version], threshold: Decimal) -> dict[str, Any]:
    """How often a threshold would have alerted, and in which years."""
    found = above(readings, threshold)
    years = Counter(reading.date[:4] for reading in readings)
    alerting = Counter(reading.date[:4] for reading in found)
    return {
        "threshold": threshold,
        "alerts": len(found),
        "readings": len(readings),
        "years": [
            {"year": int(year), "alerts": alerting[year], "readings": count}
            for year, count in sorted(years.items())
        ],
    }


def row(reading: Version, threshold: Decimal) -> dict[str, Any]:
    """A reading above a threshold, with by how much."""
    return {
        "date": reading.date,
        "deviation": Decimal(reading.deviation),
        "above_by": EXACT.subtract(Decimal(reading.deviation), threshold),
        "mean": Decimal(reading.mean),
        "file": reading.file,
        "line": reading.line,
        "upload": reading.order,
    }


def _listed(
    day: str, reading: Version | None, threshold: Decimal, told: Sequence[Announced]
) -> dict[str, Any]:
    deviation = Decimal(reading.deviation) if reading else None
    last = told[-1] if told else None
    return {
        "date": day,
        "deviation": deviation,
        "mean": Decimal(reading.mean) if reading else None,
        "above_threshold": deviation is not None and deviation > threshold,
        "upload": reading.order if reading else None,
        "announced": _told(last) if last else None,
        "announcements": len(told),
    }


def _told(entry: Announced) -> dict[str, Any]:
    value = entry.before if entry.kind == RETRACTED else entry.deviation
    return {
        "kind": entry.kind,
        "deviation": Decimal(value) if value else None,
        "at": shown(entry.at) if entry.at else None,
        "by": entry.order,
        "doubtful": entry.doubtful or None,
    }
