"""The bytes of NetCDF classic files; tests/clients reads files with the libraries of the field."""

import struct

import pytest

from aquasense.formats.netcdf import NetcdfVariable, Numbers, encode_netcdf
from aquasense.metadata.attributes import Extent
from aquasense.metadata.netcdf_file import TooLarge, encode_table
from aquasense.metadata.tables import list_tables
from aquasense.readings.versions import current_readings
from tests.support import DATASETS, SAMPLE, UPLOAD_ID, versions_of


def test_a_small_file_is_that_of_the_format_specification():
    # The example of the specification: a file with one dimension, one attribute and one variable.
    variable = NetcdfVariable("vx", "int", ("dim",), {"n": Numbers("byte", (7,))}, [3, 1, 4, 1, 5])
    file = b"".join(encode_netcdf({"dim": 5}, {"t": "é"}, [variable]))
    header = b"".join(
        (
            b"CDF\x01", bytes(4),
            bytes((0, 0, 0, 10, 0, 0, 0, 1)), bytes((0, 0, 0, 3)), b"dim\0", bytes((0, 0, 0, 5)),
            bytes((0, 0, 0, 12, 0, 0, 0, 1)), bytes((0, 0, 0, 1)), b"t\0\0\0",
            bytes((0, 0, 0, 2, 0, 0, 0, 2)), "é".encode() + b"\0\0",
            bytes((0, 0, 0, 11, 0, 0, 0, 1)), bytes((0, 0, 0, 2)), b"vx\0\0",
            bytes((0, 0, 0, 1, 0, 0, 0, 0)),
            bytes((0, 0, 0, 12, 0, 0, 0, 1)), bytes((0, 0, 0, 1)), b"n\0\0\0",
            bytes((0, 0, 0, 1, 0, 0, 0, 1)), bytes((7, 0, 0, 0)),
            bytes((0, 0, 0, 4, 0, 0, 0, 20)), struct.pack(">i", len(file) - 20),
        )
    )  # fmt: skip
    assert file == header + struct.pack(">5i", 3, 1, 4, 1, 5)


def test_texts_are_padded_to_the_longest_and_each_variable_to_four_bytes():
    variables = [
        NetcdfVariable("a", "char", ("row", "length"), {}, [b"x", b"yyy"]),
        NetcdfVariable("b", "byte", ("row",), {}, [1, -1]),
    ]
    file = b"".join(encode_netcdf({"row": 2, "length": 3}, {}, variables))
    assert file.endswith(b"x\0\0yyy\0\0" + b"\x01\xff\0\0")


@pytest.mark.parametrize("table", list_tables(DATASETS).values(), ids=lambda table: table.id)
def test_a_file_that_would_be_too_large_is_refused(table):
    readings = current_readings(versions_of(SAMPLE.read_bytes(), UPLOAD_ID))
    names = [variable.name for variable in table.variables]
    rows = list(table.list_rows(table.dataset, readings, names))
    values = {variable.name: [variable.value(row) for row in rows] for variable in table.variables}
    extent = Extent(values)
    size = len(b"".join(encode_table(table, table.variables, extent, ragged=True, max_bytes=9999)))
    assert size > len(rows) * 8
    with pytest.raises(TooLarge):
        encode_table(table, table.variables, extent, ragged=True, max_bytes=len(rows) * 8)
