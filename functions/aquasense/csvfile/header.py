"""Parse the header of a CSV file into the layout of its lines."""

import unicodedata
from collections.abc import Iterator

from aquasense.csvfile.fields import InvalidField, split_fields
from aquasense.csvfile.lines import (
    Layout,
    build_block_parser,
    build_line_parser,
    truncate_text,
)

COLUMNS = {
    "date": {"fecha", "date", "dia", "day"},
    "mean": {"medias", "media", "mean", "means", "average"},
    "deviation": {
        "desviaciones", "desviacion", "deviation", "deviations", "std", "sd",
        "standard deviation", "desviacion estandar", "desviacion tipica",
    },
}  # fmt: skip
DELIMITERS = (",", ";", "\t")
SHOWN_HEADER = 100


def parse_header(header: str) -> Layout | None:
    """Return the layout of a header, or None if it does not have the three columns once each."""
    for delimiter, fields in _split_header(header):
        indexes = {
            column: [index for index, name in enumerate(fields) if _normalize(name) in names]
            for column, names in COLUMNS.items()
        }
        if all(len(matches) == 1 for matches in indexes.values()):
            positions = {column: matches[0] for column, matches in indexes.items()}
            return Layout(
                build_line_parser(delimiter, len(fields), positions),
                build_block_parser(delimiter, len(fields), positions),
            )
    return None


def describe_bad_header(header: str) -> str:
    """Return why a first line is not a header."""
    shown = repr(truncate_text(header, SHOWN_HEADER))
    reason = f"the first line must be the header Fecha,Medias,Desviaciones; it is {shown}"
    repeated = _repeated_column(header)
    if repeated:
        names = ", ".join(truncate_text(name, SHOWN_HEADER) for name in repeated[:3])
        reason += f", where one column is named more than once ({names})"
    return reason


def _split_header(header: str) -> Iterator[tuple[str, list[str]]]:
    for delimiter in DELIMITERS:
        try:
            yield delimiter, split_fields(header, delimiter)
        except InvalidField:
            continue


def _repeated_column(header: str) -> list[str]:
    """Return the names that a header with all three columns gives to one of them."""
    for _, fields in _split_header(header):
        matches = [[f for f in fields if _normalize(f) in names] for names in COLUMNS.values()]
        if all(matches):
            return next((names for names in matches if len(names) > 1), [])
    return []


def _normalize(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())
