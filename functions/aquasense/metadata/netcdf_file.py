"""Lay a table out as a NetCDF file."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from aquasense.formats.netcdf import (
    NetcdfVariable,
    Numbers,
    encode_netcdf,
    measure_variable,
)
from aquasense.metadata.attributes import Extent, describe_table, describe_variable
from aquasense.metadata.model import Variable
from aquasense.metadata.tables import Table


class TooLarge(ValueError):
    """The file would have more bytes than one answer may."""


def encode_table(
    table: Table, variables: Sequence[Variable], extent: Extent, *, ragged: bool, max_bytes: int
) -> Iterator[bytes]:
    """Return the parts of a file.

    Args:
        table: of the rows.
        variables: to write, at least one.
        extent: values of at least one row.
        ragged: True for CF's contiguous ragged array, which repeats nothing of the station; False
            for one dimension, the row.
        max_bytes: of all values.

    Raises:
        TooLarge: the values have more bytes.
    """
    rows = len(extent.values[variables[0].name])
    dimensions = {"timeseries": 1, "obs": rows} if ragged else {"row": rows}
    parts = []
    for variable in variables:
        dimension = "row" if not ragged else "timeseries" if variable.of_station else "obs"
        parts.append(_lay_out(variable, extent.values[variable.name], dimension, dimensions))
        if sum(measure_variable(dimensions, part) for part in parts) > max_bytes:
            raise TooLarge
    attributes = describe_table(table, extent)
    if ragged:
        sample = {"long_name": "Number of rows of the series", "sample_dimension": "obs"}
        parts.append(NetcdfVariable("rowSize", "int", ("timeseries",), sample, [rows]))
        _name_coordinates(variables, parts)
    else:
        # Only the ragged array has the structure that CF demands of a feature type.
        del attributes["featureType"]
    return encode_netcdf(dimensions, attributes, parts)


def _lay_out(
    variable: Variable, values: Sequence[Any], dimension: str, dimensions: dict[str, int]
) -> NetcdfVariable:
    attributes = describe_variable(variable, values)
    if dimension == "timeseries":
        values = values[:1]
    if variable.kind == "String":
        texts = [value.encode(errors="backslashreplace") for value in values]
        length = f"{variable.name}_strlen"
        dimensions[length] = max(1, *map(len, texts))
        return NetcdfVariable(
            variable.name, "char", (dimension, length), attributes | {"_Encoding": "UTF-8"}, texts
        )
    if variable.kind == "double":
        values = [float("nan") if value is None else _nearest_double(value) for value in values]
    return NetcdfVariable(variable.name, variable.kind, (dimension,), attributes, values)


def _nearest_double(value: Decimal | float) -> float:
    return float(value)


def _name_coordinates(variables: Sequence[Variable], parts: list[NetcdfVariable]) -> None:
    """Add the attribute 'coordinates' to the variables that are measured."""
    axes = " ".join(variable.name for variable in variables if "axis" in variable.attributes)
    for i, (variable, part) in enumerate(zip(variables, parts, strict=False)):
        if not variable.of_station and "axis" not in variable.attributes:
            attributes: dict[str, str | Numbers] = {**part.attributes, "coordinates": axes}
            parts[i] = NetcdfVariable(
                part.name, part.kind, part.dimensions, attributes, part.values
            )
