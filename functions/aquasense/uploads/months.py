"""Compare the figures of the months that an upload changed, year by year."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from aquasense.dates import Month
from aquasense.figures import monthly
from aquasense.figures.registry import summarize_month
from aquasense.readings.versions import Version


@dataclass(frozen=True, slots=True)
class MonthChange:
    """The figures of a month just before and just after an upload; None without readings.

    Each side is {"readings": int, "temp": …, …}, figures as exact decimals.
    """

    month: str
    before: dict[str, Decimal | int | None] | None
    after: dict[str, Decimal | int | None] | None


@dataclass(slots=True)
class MonthComparison:
    """Collect the changes of months; it holds one year, and the December before it."""

    _changes: dict[Month, MonthChange] = field(default_factory=dict)
    # Readings of the last December before and after the upload; the month if the upload touches it.
    _december: tuple[Sequence[Version], Sequence[Version]] = ((), ())
    _december_touched: set[Month] = field(default_factory=set)

    def add_year(
        self, own: set[Month], before: Sequence[Version], after: Sequence[Version]
    ) -> None:
        """Compare the months of the next year.

        Args:
            own: months with a row of the upload.
            before, after: the year's readings before and after the upload.
        """
        touched = own | self._december_touched
        if touched:
            old = monthly.group_by_month([*self._december[0], *before])
            new = monthly.group_by_month([*self._december[1], *after])
            following = {month.next() for month in touched if str(month.next()) in new}
            for month in own | following:
                self._changes[month] = MonthChange(
                    str(month), summarize_month(month, old), summarize_month(month, new)
                )
        self._december = _select_december(before), _select_december(after)
        self._december_touched = {month for month in own if month.month == 12}

    def changes(self) -> tuple[MonthChange, ...]:
        """Return the changes in order of month."""
        return tuple(self._changes[month] for month in sorted(self._changes))


def _select_december(readings: Iterable[Version]) -> list[Version]:
    return [reading for reading in readings if reading.date[5:7] == "12"]
