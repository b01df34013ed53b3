"""Write NetCDF classic files (CDF-1), after the format specification in the NetCDF User's Guide."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

# The number of each type in a file, its code for struct, and its bytes.
_TYPES = {"byte": (1, "b", 1), "char": (2, "s", 1), "int": (4, "i", 4), "double": (6, "d", 8)}
_DIMENSIONS, _VARIABLES, _ATTRIBUTES = 10, 11, 12


@dataclass(frozen=True, slots=True)
class Numbers:
    """The value of an attribute that is no text; kind is 'byte', 'int' or 'double'."""

    kind: str
    values: tuple[float, ...]


type Attributes = Mapping[str, str | Numbers]


@dataclass(frozen=True, slots=True)
class NetcdfVariable:
    """A variable of a file.

    Attributes:
        name: in the file.
        kind: 'byte', 'char', 'int' or 'double'.
        dimensions: names; the last dimension of a char variable is the length of its texts.
        attributes: by name.
        values: numbers, or texts as bytes for 'char'.
    """

    name: str
    kind: str
    dimensions: tuple[str, ...]
    attributes: Attributes
    values: Sequence[Any]


def encode_netcdf(
    dimensions: Mapping[str, int], attributes: Attributes, variables: Sequence[NetcdfVariable]
) -> Iterator[bytes]:
    """Yield a file: the header, then the values of each variable.

    Args:
        dimensions: length by name; at least 1, because 0 is an unlimited dimension in a file.
        attributes: of the whole file.
        variables: in order.
    """
    sizes = [measure_variable(dimensions, variable) for variable in variables]
    begin = len(_encode_header(dimensions, attributes, variables, sizes, 0))
    yield _encode_header(dimensions, attributes, variables, sizes, begin)
    for variable in variables:
        yield _pad(_encode_values(dimensions, variable))


def measure_variable(dimensions: Mapping[str, int], variable: NetcdfVariable) -> int:
    """Return the bytes of a variable's values."""
    count = prod(dimensions[name] for name in variable.dimensions)
    return _round_up(count * _TYPES[variable.kind][2])


def _encode_header(
    dimensions: Mapping[str, int],
    attributes: Attributes,
    variables: Sequence[NetcdfVariable],
    sizes: Sequence[int],
    begin: int,
) -> bytes:
    names = list(dimensions)
    parts = [b"CDF\x01", _int(0), _encode_count(_DIMENSIONS, len(names))]
    parts += [_encode_name(name) + _int(length) for name, length in dimensions.items()]
    parts += [_encode_attributes(attributes), _encode_count(_VARIABLES, len(variables))]
    for variable, size in zip(variables, sizes, strict=True):
        parts += [_encode_name(variable.name), _int(len(variable.dimensions))]
        parts += [_int(names.index(name)) for name in variable.dimensions]
        parts += [_encode_attributes(variable.attributes), _int(_TYPES[variable.kind][0])]
        parts += [_int(size), _int(begin)]
        begin += size
    return b"".join(parts)


def _encode_attributes(attributes: Attributes) -> bytes:
    parts = [_encode_count(_ATTRIBUTES, len(attributes))]
    for name, value in attributes.items():
        if isinstance(value, str):
            kind, count, content = "char", len(value.encode()), value.encode()
        else:
            kind, count = value.kind, len(value.values)
            content = struct.pack(f">{count}{_TYPES[kind][1]}", *value.values)
        parts += [_encode_name(name), _int(_TYPES[kind][0]), _int(count), _pad(content)]
    return b"".join(parts)


def _encode_values(dimensions: Mapping[str, int], variable: NetcdfVariable) -> bytes:
    if variable.kind == "char":
        length = dimensions[variable.dimensions[-1]]
        return b"".join(text.ljust(length, b"\0") for text in variable.values)
    code = _TYPES[variable.kind][1]
    return struct.pack(f">{len(variable.values)}{code}", *variable.values)


def _encode_count(tag: int, count: int) -> bytes:
    return _int(tag if count else 0) + _int(count)


def _encode_name(name: str) -> bytes:
    return _int(len(name.encode())) + _pad(name.encode())


def _int(number: int) -> bytes:
    return struct.pack(">i", number)


def _pad(content: bytes) -> bytes:
    return content.ljust(_round_up(len(content)), b"\0")


def _round_up(size: int) -> int:
    return -(-size // 4) * 4
