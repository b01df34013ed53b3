"""Count the days since the last reading of each series."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from adapters.table import Table
from aquasense.datasets import Dataset
from aquasense.readings.versions import current_readings


@dataclass(frozen=True, slots=True)
class Silence:
    """The days since the last reading of one dataset.

    Attributes:
        dataset: name.
        last: ISO date of the last reading.
        days: number of days since then.
        limit: greatest number of days before the alarm.
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
        table: with the readings.
        datasets: to check.
        limit: days for datasets without silence_days.
        today: date in UTC.
    """
    silences = []
    for dataset in datasets:
        days_allowed = limit if dataset.silence_days is None else dataset.silence_days
        if days_allowed and (last := await find_last_date(table, dataset.name, today)):
            days = (today - date.fromisoformat(last)).days
            silences.append(Silence(dataset.name, last, days, days_allowed))
    return silences


async def find_last_date(table: Table, dataset: str, today: date) -> str | None:
    """Return the ISO date of the last current reading up to today; None without one.

    A reading with a mistyped date in the future must not hide a silence.
    """
    for month in reversed(await table.read_months(dataset)):
        first = f"{month}-01"
        if first <= today.isoformat():
            last = min(f"{month}-31", today.isoformat())
            # The index also has months whose readings are all withdrawn.
            if readings := current_readings(await table.read_versions(dataset, first, last)):
                return readings[-1].date
    return None
