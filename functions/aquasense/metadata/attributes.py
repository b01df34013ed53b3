"""Attributes of a table that depend on its values, and its global attributes after ACDD 1.3."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from aquasense.formats.netcdf import Numbers
from aquasense.metadata.model import Variable
from aquasense.metadata.tables import Table
from aquasense.uploads.identity import parse_upload_time

CONVENTIONS = "CF-1.8, ACDD-1.3"
_DAY = 86_400

type Values = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Extent:
    """The values of a table.

    Attributes:
        values: of each variable, by name; empty if they are not read.
        last_event_id: newest upload or deletion that they depend on; empty without one.
    """

    values: Values
    last_event_id: str = ""


def describe_variable(variable: Variable, values: Sequence[Any]) -> dict[str, str | Numbers]:
    """Return the attributes of a variable, with the range of its values."""
    attributes = dict(variable.attributes)
    numbers = [value for value in values if value is not None]
    if numbers and variable.kind != "String" and "flag_values" not in attributes:
        least, greatest = min(numbers), max(numbers)
        kind = variable.kind
        number = int if kind == "int" else float
        attributes["actual_range"] = Numbers(kind, (number(least), number(greatest)))
    return attributes


def describe_table(table: Table, extent: Extent) -> dict[str, str | Numbers]:
    """Return the global attributes of a table; those that are not stated are left out."""
    dataset, description = table.dataset, table.dataset.description
    creator = description.creator or {}
    stations = ", ".join(variable.name for variable in table.variables if variable.of_station)
    texts = {
        "title": table.title,
        "summary": table.summary,
        "id": table.id,
        # The reversed host of the creator, as ACDD recommends.
        "naming_authority": ".".join(reversed(_host(creator.get("url", "")).split("."))),
        "Conventions": CONVENTIONS,
        "cdm_data_type": "TimeSeries",
        "cdm_timeseries_variables": stations,
        "subsetVariables": stations,
        "featureType": "timeSeries",
        "institution": description.institution,
        "project": description.project,
        "source": dataset.source,
        "license": dataset.licence,
        "keywords": ", ".join(description.keywords),
        "acknowledgement": ", ".join(filter(None, (description.institution, description.project))),
        "comment": "The numbers are those of the uploaded files. Values that look wrong are "
        "flagged and kept.",
        "processing_level": "Quality controlled by the tests of QARTOD",
        "standard_name_vocabulary": "CF Standard Name Table v93",
        **{
            f"{role}_{name}": creator.get(name, "")
            for role in ("creator", "publisher")
            for name in ("name", "email", "url")
        },
    }
    attributes: dict[str, str | Numbers] = {name: text for name, text in texts.items() if text}
    attributes |= _describe_position(table)
    attributes |= _describe_times(table, extent)
    if extent.last_event_id:
        changed = parse_upload_time(extent.last_event_id)
        attributes["date_created"] = changed
        attributes["history"] = f"{changed}: latest upload or deletion of a file of the series"
    return attributes


def _describe_position(table: Table) -> dict[str, str | Numbers]:
    description = table.dataset.description
    attributes: dict[str, str | Numbers] = {}
    if description.latitude is None or description.longitude is None:
        return attributes
    for name, value in (("lat", description.latitude), ("lon", description.longitude)):
        attributes |= dict.fromkeys(_limits(name), Numbers("double", (value,)))
    attributes["geospatial_lat_units"] = "degrees_north"
    attributes["geospatial_lon_units"] = "degrees_east"
    attributes["geospatial_bounds"] = f"POINT ({description.latitude} {description.longitude})"
    attributes["geospatial_bounds_crs"] = "EPSG:4326"
    if description.depth is not None:
        attributes |= dict.fromkeys(_limits("vertical"), Numbers("double", (description.depth,)))
        attributes["geospatial_vertical_positive"] = "down"
        attributes["geospatial_vertical_units"] = "m"
        # Depth below the instantaneous water level.
        attributes["geospatial_bounds_vertical_crs"] = "EPSG:5831"
    return attributes


def _describe_times(table: Table, extent: Extent) -> dict[str, str | Numbers]:
    times = [time for time in extent.values.get("time", ()) if time is not None]
    if not times:
        return {}
    first, last = min(times), max(times)
    steps = [after - before for before, after in pairwise(sorted(times)) if after > before]
    usual = f"P{round(median(steps) / _DAY)}D" if steps else "P1D"
    return {
        "time_coverage_start": format_time(first),
        "time_coverage_end": format_time(last),
        "time_coverage_duration": f"P{(last - first) // _DAY}D",
        "time_coverage_resolution": table.resolution or usual,
    }


def format_time(seconds: float) -> str:
    """Return a time in ISO 8601 in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _limits(name: str) -> tuple[str, str]:
    return f"geospatial_{name}_min", f"geospatial_{name}_max"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
