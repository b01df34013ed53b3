"""CSV (RFC 4180) that pandas and Excel read as it is, and that no cell can turn into a program."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

# Where a spreadsheet would see the beginning of a formula, full-width forms included: at the
# beginning of a text, and after what it may take for the end of a cell within one (Spanish Excel
# splits at semicolons, and knows quotation marks only where a cell of its own begins).
_FORMULA = re.compile(r'(?:^|[;\t\r\n])(?=[\s"]*[=+\-@＝＋－＠])|^(?=[\t\r\n])')
# Lines of CSV handed over at a time.
SLICE = 500


@dataclass(frozen=True, slots=True)
class Column:
    """A CSV column: its header, and where a row has its value.

    Attributes:
        name: the header.
        path: keys that lead to the value in a row; the name alone where it is empty.
        unit: whether the header ends with the dataset's unit ('mean_degree_Celsius').
    """

    name: str
    path: tuple[str, ...] = ()
    unit: bool = False

    def header(self, unit: str) -> str:
        """Return the header for a dataset of that unit."""
        return f"{self.name}_{unit}" if self.unit else self.name


def encode_csv(
    columns: Sequence[Column], rows: Iterable[Mapping[str, Any]], unit: str = ""
) -> Iterator[bytes]:
    """Yield the header line and a line for each row in UTF-8, some lines at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([column.header(unit) for column in columns])
    paths = [column.path or (column.name,) for column in columns]
    for number, row in enumerate(rows, 1):
        writer.writerow([format_cell(_look_up(row, path)) for path in paths])
        if number % SLICE == 0:
            yield _take(buffer)
    yield _take(buffer)


def format_cell(value: Any) -> str:
    """A value as a cell: nothing for None, and what looks like a formula in a text behind an '."""
    if isinstance(value, str):
        return _guard(value)
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return format_cell("; ".join(f"{name} {format_cell(one)}" for name, one in value.items()))
    if isinstance(value, list | tuple):
        return format_cell("; ".join(format_cell(item) for item in value))
    return str(value)


# Files, uploads and verdicts repeat from line to line.
@lru_cache(maxsize=1024)
def _guard(text: str) -> str:
    return _FORMULA.sub(r"\g<0>'", text)


def _look_up(row: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = row
    for key in path:
        value = value.get(key) if value else None
    return value


def _take(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode(errors="backslashreplace")
