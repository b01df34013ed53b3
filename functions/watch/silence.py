"""Measure how long ago the last reading of each series is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from adapters.table import Table
from aquasense.datasets import Dataset
from aquasense.readings.versions import current_readings


@dataclass(frozen=True, slots=True)
class Silence:
    """The days without a reading of one dataset.

    Attributes:
        dataset: its name.
        last: ISO date of the reading.
        days: since then.
        limit: greatest number of days that is not too long.
    """

    dataset: str
    last: str
    days: int
    limit: int

    @property
    def too_long(self) -> bool:
        return self.days > self.limit


async def find_silences(
    table: Table, datasets: Iterable[Dataset], limit: int, today: date
) -> list[Silence]:
    """Return the silence of each dataset that has a reading and a limit other than 0.

    Args:
        table: of the readings.
        datasets: to check.
        limit: days, for datasets without a limit of their own.
        today: in UTC.
    """
    silences = []
    for dataset in datasets:
        own = limit if dataset.silence_days is None else dataset.silence_days
        if own and (last := await last_reading(table, dataset.name, today)):
            days = (today - date.fromisoformat(last)).days
            silences.append(Silence(dataset.name, last, days, own))
    return silences


async def last_reading(table: Table, dataset: str, today: date) -> str | None:
    """Return the date of the newest current reading up to today.

    A reading with a mistyped date in the future must not hide a silence.
    """
    for month in reversed(await table.read_months(dataset)):
        first = f"{month}-01"
        if first <= today.isoformat():
            last = min(f"{month}-31", today.isoformat())
            # The index keeps months of which all readings are withdrawn.
            if readings := current_readings(await table.read_versions(dataset, first, last)):
                return readings[-1].date
    return None
