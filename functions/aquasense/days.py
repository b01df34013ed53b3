"""Which years and days there can be."""

from datetime import date

# Of readings, of months that are asked for, and of uploads.
FIRST_YEAR, LAST_YEAR = 1900, 2100
FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
# ISO dates that no other is before or after: the ends of a span where none are given.
EARLIEST, LATEST = "0001-01-01", "9999-12-31"
