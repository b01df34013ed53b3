"""Encode CSV (RFC 4180) for pandas and Excel, safe from formula injection."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

# The beginning of a formula in a spreadsheet, full-width characters included: at the beginning of a
# text, and after a separator in it. Excel in Spanish splits cells at semicolons, and ignores
# quotation marks inside a cell.
_FORMULA = re.compile(r'(?:^|[;\t\r\n])(?=[\s"]*[=+\-@＝＋－＠])|^(?=[\t\r\n])')
# Lines in one chunk of the response.
CHUNK_ROWS = 500


@dataclass(frozen=True, slots=True)
class Column:
    """A CSV column.

    Attributes:
        name: header, without the unit.
        path: keys of the value in a row of nested mappings; empty for the name alone.
        unit: whether the header ends with the dataset's unit ('mean_degree_Celsius').
    """

    name: str
    path: tuple[str, ...] = ()
    unit: bool = False

    def header(self, unit: str) -> str:
        """Return the header for a dataset with this unit."""
        return f"{self.name}_{unit}" if self.unit else self.name


def encode_csv(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], unit: str = ""
) -> Iterator[bytes]:
    """Yield the header and a line for each row in UTF-8, in chunks of CHUNK_ROWS lines.

    Args:
        columns: of the lines.
        rows: JSON members.
        unit: of the dataset.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([column.header(unit) for column in columns])
    paths = [column.path or (column.name,) for column in columns]
    for number, row in enumerate(rows, 1):
        writer.writerow([format_cell(_look_up(row, path)) for path in paths])
        if number % CHUNK_ROWS == 0:
            yield _drain(buffer)
    yield _drain(buffer)


def format_cell(value: Any) -> str:
    """Return a JSON value as a cell; an apostrophe precedes every formula in a text."""
    if isinstance(value, str):
        return _escape_formulas(value)
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return format_cell(
            "; ".join(f"{name} {format_cell(member)}" for name, member in value.items())
        )
    if isinstance(value, list | tuple):
        return format_cell("; ".join(map(format_cell, value)))
    return str(value)


# File names, upload ids and verdicts are repeated from line to line.
@lru_cache(maxsize=1024)
def _escape_formulas(text: str) -> str:
    return _FORMULA.sub(r"\g<0>'", text)


def _look_up(row: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = row
    for key in path:
        value = value.get(key) if value else None
    return value


def _drain(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode(errors="backslashreplace")
