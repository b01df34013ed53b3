"""Lay a table out as a NetCDF file."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from aquasense.formats.netcdf import NetcdfVariable, encode_netcdf, measure_variable
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
    axes = " ".join(variable.name for variable in variables if "axis" in variable.attributes)
    parts, size = [], 0
    for variable in variables:
        dimension = "row" if not ragged else "timeseries" if variable.of_station else "obs"
        part = _lay_out(variable, extent.values[variable.name], dimension, dimensions, axes)
        size += measure_variable(dimensions, part)
        if size > max_bytes:
            raise TooLarge
        parts.append(part)
    attributes = describe_table(table, extent)
    if ragged:
        sample = {"long_name": "Number of rows of the series", "sample_dimension": "obs"}
        parts.append(NetcdfVariable("rowSize", "int", ("timeseries",), sample, [rows]))
    else:
        # Only the ragged array has the structure that CF demands of a feature type.
        del attributes["featureType"]
    return encode_netcdf(dimensions, attributes, parts)


def _lay_out(
    variable: Variable,
    values: Sequence[Any],
    dimension: str,
    dimensions: dict[str, int],
    axes: str,
) -> NetcdfVariable:
    """Return a variable of a file; the length of its texts is added to the dimensions."""
    attributes = describe_variable(variable, values)
    if axes and not variable.of_station and "axis" not in attributes:
        attributes["coordinates"] = axes
    if dimension == "timeseries":
        values = values[:1]
    if variable.kind == "String":
        texts = [value.encode(errors="backslashreplace") for value in values]
        length = f"{variable.name}_strlen"
        dimensions[length] = max(1, *map(len, texts))
        attributes["_Encoding"] = "UTF-8"
        return NetcdfVariable(variable.name, "char", (dimension, length), attributes, texts)
    if variable.kind == "double":
        values = [math.nan if value is None else float(value) for value in values]
    return NetcdfVariable(variable.name, variable.kind, (dimension,), attributes, values)
