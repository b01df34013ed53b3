"""Write the structure (dds) and the attributes (das) of a table, after OPeNDAP's DAP 2."""

import json
from collections.abc import Iterable, Iterator, Sequence

from aquasense.formats.netcdf import Attributes, Numbers
from aquasense.metadata.model import Variable

_TYPES = {"double": "Float64", "int": "Int32", "byte": "Byte", "String": "String"}


def encode_dds(variables: Sequence[Variable]) -> bytes:
    """Return the names and types of the variables."""
    lines = (f"    {_TYPES[variable.kind]} {variable.name};\n" for variable in variables)
    return f"Dataset {{\n  Sequence {{\n{''.join(lines)}  }} s;\n}} s;\n".encode()


def encode_das(variables: Iterable[tuple[Variable, Attributes]], attributes: Attributes) -> bytes:
    """Return the attributes of each variable and of the table."""
    lines = ["Attributes {", " s {"]
    for variable, own in variables:
        lines += [f"  {variable.name} {{", *_list_attributes(own), "  }"]
    lines += [" }", "  NC_GLOBAL {", *_list_attributes(attributes), "  }", "}", ""]
    return "\n".join(lines).encode()


def _list_attributes(attributes: Attributes) -> Iterator[str]:
    for name, value in attributes.items():
        if isinstance(value, Numbers):
            yield f"    {_TYPES[value.kind]} {name} {format_numbers(value)};"
        else:
            yield f"    String {name} {json.dumps(value, ensure_ascii=False)};"


def format_numbers(numbers: Numbers) -> str:
    """Return the numbers of an attribute as text."""
    return ", ".join("NaN" if number != number else repr(number) for number in numbers.values)
