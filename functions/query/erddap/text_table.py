"""Write a table as text: CSV, JSON or HTML, as ERDDAP does."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import batched
from typing import Any

from aquasense.formats.csv_format import CHUNK_ROWS, format_cell
from aquasense.formats.json_format import encode_json

_CHARSET = ";charset=UTF-8"
# rerddap refuses any other spelling of the type of JSON.
MEDIA_TYPES = {
    "csv": f"text/csv{_CHARSET}",
    "csvp": f"text/csv{_CHARSET}",
    "csv0": f"text/csv{_CHARSET}",
    "json": f"application/json{_CHARSET}",
    "htmlTable": f"text/html{_CHARSET}",
}
_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
# A range among the attributes.
_NUMBERS = re.compile(rf"{_NUMBER}(?:, {_NUMBER})*", re.ASCII)
# The types of columns in JSON, where a time is text.
_STRING = "String"

type Cells = Sequence[Any]


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of texts and numbers.

    Attributes:
        title: of the page.
        names: of the columns.
        rows: iterates over the rows, whose missing values are None; repeatable.
        kinds: type of each column; empty if all are texts.
        units: of each column, or None without a unit; empty if the table has no units.
    """

    title: str
    names: Sequence[str]
    rows: Callable[[], Iterable[Cells]]
    kinds: Sequence[str] = ()
    units: Sequence[str | None] = ()

    def encode(self, file_type: str) -> Iterator[bytes]:
        """Yield the table in one of MEDIA_TYPES."""
        if file_type == "json":
            return self._encode_json()
        if file_type == "htmlTable":
            return self._encode_html()
        return _encode_lines(self._headers(file_type), self._cells)

    def _headers(self, file_type: str) -> list[list[str]]:
        units = [unit or "" for unit in self.units] or [""] * len(self.names)
        if file_type == "csv0":
            return []
        if file_type == "csvp":
            pairs = zip(self.names, units, strict=True)
            return [[f"{name} ({unit})" if unit else name for name, unit in pairs]]
        return [list(self.names), units] if self.units else [list(self.names)]

    def _cells(self) -> Iterator[list[str]]:
        empty = ["" if kind == _STRING else "NaN" for kind in self._kinds]
        for row in self.rows():
            yield [
                missing if value is None else _format_cell(value)
                for value, missing in zip(row, empty, strict=True)
            ]

    @property
    def _kinds(self) -> Sequence[str]:
        return self.kinds or [_STRING] * len(self.names)

    def _encode_json(self) -> Iterator[bytes]:
        members: dict[str, Any] = {
            "columnNames": list(self.names),
            "columnTypes": list(self._kinds),
        }
        if self.units:
            members["columnUnits"] = [unit or None for unit in self.units]
        yield b'{"table": '
        yield encode_json(members)[:-2] + b', "rows": ['
        separator = b""
        for chunk in batched(self.rows(), CHUNK_ROWS, strict=False):
            yield separator + encode_json([list(row) for row in chunk])[1:-2]
            separator = b", "
        yield b"]}}\n"

    def _encode_html(self) -> Iterator[bytes]:
        heads = [self.names, [unit or "" for unit in self.units]] if self.units else [self.names]
        title = escape(self.title)
        yield (
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
            f"</head><body><h1>{title}</h1><table><thead>"
        ).encode()
        yield "".join(_html_row("th", cells) for cells in heads).encode()
        yield b"</thead><tbody>"
        for chunk in batched(self._cells(), CHUNK_ROWS, strict=False):
            lines = "".join(_html_row("td", cells) for cells in chunk)
            yield lines.encode(errors="backslashreplace")
        yield b"</tbody></table></body></html>\n"


def _format_cell(value: Any) -> str:
    """Return a value as a cell: no text is a formula, and numbers in a text stay as they are."""
    is_numbers = isinstance(value, str) and _NUMBERS.fullmatch(value)
    return value if is_numbers else format_cell(value)


def _html_row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>\n"


def _encode_lines(headers: Iterable[Cells], rows: Callable[[], Iterable[Cells]]) -> Iterator[bytes]:
    for lines in (headers, rows()):
        for chunk in batched(lines, CHUNK_ROWS, strict=False):
            buffer = io.StringIO()
            csv.writer(buffer, lineterminator="\n").writerows(chunk)
            yield buffer.getvalue().encode(errors="backslashreplace")
