"""The type of a variable of a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aquasense.formats.netcdf import Attributes

TIME_UNITS = "seconds since 1970-01-01T00:00:00Z"

type Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Variable:
    """A column of a table.

    Attributes:
        name: of the column.
        kind: 'double', 'int', 'byte' or 'String'.
        value: function of a row; None for a missing value. A time is in seconds since 1970.
        attributes: after CF and ACDD; those that depend on the values are added to them.
        of_station: True if it has the same value in every row.
    """

    name: str
    kind: str
    value: Callable[[Row], Any]
    attributes: Attributes
    of_station: bool = False

    @property
    def is_time(self) -> bool:
        """Return True for a time, which texts show in ISO 8601."""
        return self.attributes.get("units") == TIME_UNITS

    @property
    def units(self) -> str:
        """Return the units in texts; empty without units."""
        units = self.attributes.get("units", "")
        assert isinstance(units, str)
        return "UTC" if self.is_time else units
