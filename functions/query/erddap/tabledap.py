"""Respond with the rows of a table, or with its structure and attributes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aquasense.formats.netcdf import Attributes
from aquasense.metadata.attributes import Extent, describe_table, describe_variable, format_time
from aquasense.metadata.model import Variable
from aquasense.metadata.netcdf_file import encode_table
from aquasense.metadata.tables import Table
from aquasense.metadata.variables import QC_FLAGS
from query.erddap import catalog, dap
from query.erddap.errors import TEXT, no_data
from query.erddap.select import select_rows
from query.erddap.text_table import MEDIA_TYPES, TextTable
from query.erddap.tokens import Constraint, TableQuery, parse_query
from query.http import Body, Response
from query.resources.base import Sources, cache_headers, read_snapshot

NETCDF = "application/x-netcdf"
TYPES = {**MEDIA_TYPES, "dds": TEXT, "das": TEXT, "nc": NETCDF, "ncCF": NETCDF}
# Limits of the times in a search.
TIMES = {"minTime": ">=", "maxTime": "<="}
# Bytes of all values of a NetCDF file.
MAX_NETCDF_BYTES = 64 * 1024 * 1024

type Columns = Mapping[str, Sequence[Any]]


async def show_rows(sources: Sources, table: Table, file_type: str, query_string: str) -> Response:
    """Return the requested rows, or the structure or the attributes of the table.

    Raises:
        ErddapError: the query is wrong, or no row matches.
        TooLarge: the NetCDF file would have too many bytes.
        TooManyItems: the table has too many versions.
    """
    if file_type == "das":
        extent = await read_extent(sources, table, _ranges(table))
        return respond(dap.encode_das(*_describe(table, extent)), TEXT, extent.last_event_id)
    query = parse_query(query_string, table.variables)
    if file_type == "dds":
        return respond(dap.encode_dds(query.variables), TEXT)
    if file_type == "ncCF":
        query = _add_coordinates(query, table)
    extent = await read_extent(sources, table, query.names)
    selected = select_rows(query, extent.values, datetime.now(UTC))
    if not selected[query.variables[0].name]:
        raise no_data()
    if file_type in MEDIA_TYPES:
        text = _build_text(table, query.variables, selected)
        return respond_text(text, file_type, extent.last_event_id)
    parts = encode_table(
        table, query.variables, Extent(selected, extent.last_event_id),
        ragged=file_type == "ncCF", max_bytes=MAX_NETCDF_BYTES,
    )  # fmt: skip
    response = respond(b"".join(parts), NETCDF, extent.last_event_id)
    name = {"Content-Disposition": f'attachment; filename="{table.id}.nc"'}
    return replace(response, headers={**response.headers, **name})


async def show_info(sources: Sources, table: Table, file_type: str) -> Response:
    """Return the variables and attributes of a table.

    Raises:
        TooManyItems: the table has too many versions.
    """
    extent = await read_extent(sources, table, _ranges(table))
    text = catalog.list_attributes(*_describe(table, extent), table.title)
    return respond_text(text, file_type, extent.last_event_id)


async def read_extent(sources: Sources, table: Table, names: Collection[str]) -> Extent:
    """Read all values of these variables of a table."""
    snapshot = await read_snapshot(sources, table.dataset)
    variables = [variable for variable in table.variables if variable.name in names]
    values: dict[str, list[Any]] = {variable.name: [] for variable in variables}
    readers = [(values[variable.name].append, variable.value) for variable in variables]
    for row in table.list_rows(table.dataset, snapshot.readings, names):
        for append, value in readers:
            append(value(row))
    return Extent(values, snapshot.last_event_id)


async def select_by_time(
    sources: Sources, tables: Sequence[Table], options: Mapping[str, str]
) -> list[Table]:
    """Return the tables with a row between minTime and maxTime, both included.

    Raises:
        ErddapError: one of them is no time.
    """
    if not set(TIMES).intersection(options):
        return list(tables)
    selected = []
    for table in tables:
        time = next(variable for variable in table.variables if variable.name == "time")
        limits = tuple(
            Constraint(time, operator, options[name])
            for name, operator in TIMES.items()
            if name in options
        )
        extent = await read_extent(sources, table, {"time"})
        query = TableQuery((time,), limits)
        if select_rows(query, extent.values, datetime.now(UTC))["time"]:
            selected.append(table)
    return selected


def respond(body: Body, media_type: str, last_event_id: str = "") -> Response:
    """Return a 200 that clients revalidate."""
    return Response(200, {"Content-Type": media_type, **cache_headers(last_event_id)}, body)


def respond_text(text: TextTable, file_type: str, last_event_id: str = "") -> Response:
    """Return a 200 with a table as text."""
    return respond(lambda: text.encode(file_type), MEDIA_TYPES[file_type], last_event_id)


def _ranges(table: Table) -> set[str]:
    """Return the names of the variables whose range is described."""
    return {variable.name for variable in table.variables} - set(QC_FLAGS)


def _describe(table: Table, extent: Extent) -> tuple[list[tuple[Variable, Attributes]], Attributes]:
    variables: list[tuple[Variable, Attributes]] = [
        (variable, describe_variable(variable, extent.values.get(variable.name, ())))
        for variable in table.variables
    ]
    return variables, describe_table(table, extent)


def _add_coordinates(query: TableQuery, table: Table) -> TableQuery:
    """Return the query with the variables without which a file is no time series."""
    requested = {variable.name for variable in query.variables} | {"time"}
    variables = (
        variable
        for variable in table.variables
        if variable.of_station or variable.name in requested
    )
    return replace(query, variables=tuple(variables))


def _build_text(table: Table, variables: Sequence[Variable], values: Columns) -> TextTable:
    columns = [
        [None if value is None else format_time(value) for value in values[variable.name]]
        if variable.is_time
        else values[variable.name]
        for variable in variables
    ]
    return TextTable(
        table.title,
        [variable.name for variable in variables],
        lambda: zip(*columns, strict=True),
        ["String" if variable.is_time else variable.kind for variable in variables],
        [variable.units for variable in variables],
    )
