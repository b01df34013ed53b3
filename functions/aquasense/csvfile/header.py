"""Parse the header of a CSV file into the layout of its lines."""

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from aquasense.csvfile.fields import InvalidField, split_fields, truncate_text

# Accepted names of each column, without accents and in lower case.
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


class Layout(NamedTuple):
    """The fields of every line of a file.

    Attributes:
        delimiter: character between two fields.
        width: number of fields.
        date, mean, deviation: index of the field.
    """

    delimiter: str
    width: int
    date: int
    mean: int
    deviation: int


def parse_header(header: str) -> Layout | None:
    """Return the layout of a header, or None if it does not have the three columns once each."""
    for delimiter, names, columns in _match_columns(header):
        if all(len(indexes) == 1 for indexes in columns.values()):
            positions = {column: indexes[0] for column, indexes in columns.items()}
            return Layout(delimiter, len(names), **positions)
    return None


def describe_bad_header(header: str) -> str:
    """Return the reason of the rejection of a first line that is not a header."""
    shown = repr(truncate_text(header, SHOWN_HEADER))
    reason = f"the first line must be the header Fecha,Medias,Desviaciones; it is {shown}"
    repeated = _repeated_names(header)
    if repeated:
        names = ", ".join(truncate_text(name, SHOWN_HEADER) for name in repeated[:3])
        reason += f", where one column is named more than once ({names})"
    return reason


def _match_columns(header: str) -> Iterator[tuple[str, list[str], dict[str, list[int]]]]:
    """Yield each possible delimiter, the names it separates, and the indexes of each column."""
    for delimiter in DELIMITERS:
        try:
            names = split_fields(header, delimiter)
        except InvalidField:
            continue
        normalized = [_normalize(name) for name in names]
        columns = {
            column: [index for index, name in enumerate(normalized) if name in accepted]
            for column, accepted in COLUMNS.items()
        }
        yield delimiter, names, columns


def _repeated_names(header: str) -> list[str]:
    """Return the names of the first repeated column, if the header has all three columns."""
    for _, names, columns in _match_columns(header):
        if all(columns.values()):
            repeated = (indexes for indexes in columns.values() if len(indexes) > 1)
            return [names[index] for index in next(repeated, [])]
    return []


def _normalize(name: str) -> str:
    """Return a name without accents, in lower case, with single spaces."""
    decomposed = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())
