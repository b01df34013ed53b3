"""How long ago the last reading of a series is, and whether that is too long."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from adapters.table import Table
from aquasense.datasets import Dataset
from aquasense.versions import current


@dataclass(frozen=True, slots=True)
class Silence:
    """How long ago a dataset's last reading is.

    Attributes:
        dataset: its name.
        last: ISO date of the reading.
        days: since then.
        limit: more days than this are too many.
    """

    dataset: str
    last: str
    days: int
    limit: int

    @property
    def too_long(self) -> bool:
        return self.days > self.limit


async def silences(
    table: Table, datasets: Iterable[Dataset], limit: int, today: date
) -> list[Silence]:
    """How long each series has been silent, where it has a reading and is to be watched.

    Args:
        table: of the readings.
        datasets: all there are.
        limit: in days, of datasets that have none of their own.
        today: UTC.
    """
    found = []
    for dataset in datasets:
        own = limit if dataset.silence_days is None else dataset.silence_days
        if own and (last := await last_reading(table, dataset.name, today)):
            days = (today - date.fromisoformat(last)).days
            found.append(Silence(dataset.name, last, days, own))
    return found


async def last_reading(table: Table, dataset: str, today: date) -> str | None:
    """The date of the newest reading in force.

    A date in the future is somebody's slip: it must not keep the series from being missed.
    """
    for month in reversed(await table.months(dataset)):
        first = f"{month}-01"
        if first <= today.isoformat():
            last = min(f"{month}-31", today.isoformat())
            # A month stays in the index when all its readings are withdrawn.
            if readings := current(await table.versions(dataset, first, last)):
                return readings[-1].date
    return None
