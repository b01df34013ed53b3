"""The range of valid dates, and calendar months."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

# Valid years of readings, of requested months and of requested times.
FIRST_YEAR, LAST_YEAR = 1900, 2100
FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
# ISO dates before and after all others: the limits of a span that has none.
EARLIEST, LATEST = "0001-01-01", "9999-12-31"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month. Its text, '2022-12', is the prefix of its ISO dates."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @classmethod
    def of(cls, iso: str) -> "Month":
        """Return the month of an ISO date or of a month's text."""
        return cls(int(iso[:4]), int(iso[5:7]))

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def next(self) -> "Month":
        """Return the next calendar month."""
        return Month(self.year + 1, 1) if self.month == 12 else Month(self.year, self.month + 1)

    def previous(self) -> "Month":
        """Return the previous calendar month."""
        return Month(self.year - 1, 12) if self.month == 1 else Month(self.year, self.month - 1)
