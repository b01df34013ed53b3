"""The range of valid dates, and calendar months."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

# Of readings, of months that are asked for, and of uploads.
FIRST_YEAR, LAST_YEAR = 1900, 2100
FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
# ISO dates that no other is before or after: the ends of a span where none are given.
EARLIEST, LATEST = "0001-01-01", "9999-12-31"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month. Its text, '2022-12', is also the prefix of its dates."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @classmethod
    def of(cls, iso: str) -> "Month":
        """The month an ISO date or month text is in."""
        return cls(int(iso[:4]), int(iso[5:7]))

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def next(self) -> "Month":
        """The calendar month after."""
        return Month(self.year + 1, 1) if self.month == 12 else Month(self.year, self.month + 1)

    def previous(self) -> "Month":
        """The calendar month before."""
        return Month(self.year - 1, 12) if self.month == 1 else Month(self.year, self.month - 1)
