"""CSV (RFC 4180) that pandas and Excel read as it is, and that no cell can turn into a program."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

# Where a spreadsheet would see the beginning of a formula, full-width forms included: at the
# beginning of a text, and after what it may take for the end of a cell within one (Spanish Excel
# splits at semicolons, and knows quotation marks only where a cell of its own begins).
_FORMULA = re.compile(r'(?:^|[;\t\r\n])(?=[\s"]*[=+\-@＝＋－＠])|^(?=[\t\r\n])')
# Lines of CSV handed over at a time.
SLICE = 500


class Column(NamedTuple):
    """A column: its header, and where its value is in a row ('coverage.readings')."""

    header: str
    path: str


@lru_cache(maxsize=64)
def columns(*names: str, unit: str = "") -> tuple[Column, ...]:
    """Columns whose header is the last part of the path, with the unit where it is marked.

    'coverage.readings' is headed readings; 'mean|' is headed mean_degree_Celsius; a header of its
    own is given as 'header=path'.
    """
    found = []
    for name in names:
        header, _, path = name.rpartition("=")
        bare = path.removesuffix("|")
        header = header or bare.rpartition(".")[2]
        found.append(Column(f"{header}_{unit}" if path.endswith("|") else header, bare))
    return tuple(found)


def pieces(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The header line and a line for each row, in UTF-8, some lines at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([column.header for column in columns])
    paths = [column.path.split(".") for column in columns]
    for number, row in enumerate(rows, 1):
        writer.writerow([cell(_at(row, path)) for path in paths])
        if number % SLICE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def cell(value: Any) -> str:
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
        return cell("; ".join(f"{name} {cell(one)}" for name, one in value.items()))
    if isinstance(value, list | tuple):
        return cell("; ".join(cell(one) for one in value))
    return str(value)


# Files, uploads and verdicts repeat from line to line.
@lru_cache(maxsize=1024)
def _guard(text: str) -> str:
    return _FORMULA.sub(r"\g<0>'", text)


def _at(row: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = row
    for name in path:
        value = value.get(name) if value else None
    return value


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode(errors="backslashreplace")
