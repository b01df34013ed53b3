"""Parse the header of a CSV file into the layout of its lines."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import NamedTuple

from aquasense.csvfile.decode import UnreadableFile
from aquasense.csvfile.fields import InvalidField, split_fields, truncate_text
from aquasense.datasets import Dataset

# Names of each column, in any case and with or without accents.
COLUMNS = {
    "date": ("Fecha", "Date", "Día", "Day"),
    "mean": ("Medias", "Media", "Mean", "Means", "Average"),
    "deviation": (
        "Desviaciones", "Desviación", "Deviation", "Deviations", "Std", "SD",
        "Standard deviation", "Desviación estándar", "Desviación típica",
    ),
}  # fmt: skip
# Names that are looked for where a column has none of the others, also with "_" for a space.
OTHER_NAMES = {"date": (), "mean": (), "deviation": ("std_dev", "StdDev")}
# Names of the mean for datasets whose standard name has this word.
QUANTITIES = {
    "temperature": ("Temperatura media", "Temperatura", "Mean temperature", "Temperature"),
}
# Names of a unit besides the dataset's `unit` and `symbol`, by unit.
UNITS = {"degree_Celsius": ("ºC", "C", "degC", "Celsius", "grados", "grados C")}
DELIMITERS = (",", ";", "\t")
SHOWN_HEADER = 100

_BRACKETS = re.compile(r"(.*\S)\s*[(\[]([^()\[\]]*)[)\]]")


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


class Names(NamedTuple):
    """The names in a header that has been split, and the indexes of those of each column.

    Attributes:
        delimiter: between the names.
        names: as in the file.
        columns: indexes by column.
        other_units: names in brackets of units that are not the dataset's.
    """

    delimiter: str
    names: list[str]
    columns: dict[str, list[int]]
    other_units: list[str]


def parse_header(header: str, dataset: Dataset | None = None) -> Layout | None:
    """Return the layout of a header, or None if it does not have the three columns once each."""
    for delimiter, names, columns, _ in _match_columns(header, dataset):
        if all(len(indexes) == 1 for indexes in columns.values()):
            positions = {column: indexes[0] for column, indexes in columns.items()}
            return Layout(delimiter, len(names), **positions)
    return None


def reject_header(header: str, dataset: Dataset | None = None) -> UnreadableFile:
    """Return the rejection of a file whose first line is not a header."""
    for _, _, _, other_units in _match_columns(header, dataset):
        if dataset and other_units:
            error = UnreadableFile(
                "other_unit",
                "the header has another unit; {dataset} is in {unit!r}",
                dataset=dataset.name,
                unit=dataset.symbol,
            )
            unit = repr(truncate_text(other_units[0], SHOWN_HEADER))
            error.full_reason = error.reason.replace("another unit", f"the unit {unit}", 1)
            return error
    sentence = (
        "the first line must be the header Fecha,Medias,Desviaciones or have other names of the "
        "columns (date: {date}; mean: {mean}; deviation: {deviation})"
    )
    names = {column: ", ".join(_list_names(column, dataset)) for column in COLUMNS}
    shown = f"; it is {truncate_text(header, SHOWN_HEADER)!r}"
    column, repeated = _find_repeated(header, dataset)
    if not repeated:
        error = UnreadableFile("no_header", sentence, **names)
        error.full_reason = error.reason + shown
        return error
    end = ", and the {repeated} is named more than once"
    error = UnreadableFile("no_header", sentence + end, **names, repeated=column)
    texts = ", ".join(truncate_text(name, SHOWN_HEADER) for name in repeated[:3])
    end = f", where one column is named more than once ({texts})"
    error.full_reason = sentence.format(**names) + shown + end
    return error


def _match_columns(header: str, dataset: Dataset | None) -> Iterator[Names]:
    """Yield the columns of a header for each possible delimiter."""
    for delimiter in DELIMITERS:
        try:
            names = split_fields(header, delimiter)
        except InvalidField:
            continue
        columns, other_units = {}, []
        for column in COLUMNS:
            columns[column], others = find_column(names, column, dataset)
            other_units += others
        yield Names(delimiter, names, columns, other_units)


def find_column(
    names: list[str], column: str, dataset: Dataset | None
) -> tuple[list[int], list[str]]:
    """Return the indexes of a column's names in a header, and the units of others in brackets."""
    usual = find_names(names, COLUMNS[column])
    if usual or column == "date":
        return usual, []
    return _find_with_units(names, _list_names(column, dataset), _list_units(dataset))


def find_names(names: list[str], accepted: Collection[str]) -> list[int]:
    """Return the indexes of accepted names, in any case and with or without accents."""
    normalized = {_normalize(name) for name in accepted}
    return [index for index, name in enumerate(names) if _normalize(name) in normalized]


def _find_with_units(
    names: list[str], accepted: Collection[str], units: set[str]
) -> tuple[list[int], list[str]]:
    """Return the indexes of accepted names, with a unit or without, and the units of others."""
    normalized = {_normalize(name.replace("_", " ")) for name in accepted}
    indexes, other_units = [], []
    for index, name in enumerate(names):
        match = _BRACKETS.fullmatch(name)
        base, unit = match.groups() if match else (name, "")
        if _normalize(base.replace("_", " ")) not in normalized:
            continue
        if not unit or _normalize(unit) in units:
            indexes.append(index)
        else:
            other_units.append(unit)
    return indexes, other_units


def _list_names(column: str, dataset: Dataset | None) -> list[str]:
    quantities = [
        name
        for word, names in QUANTITIES.items()
        if column == "mean" and dataset and word in dataset.standard_name
        for name in names
    ]
    return [*COLUMNS[column], *quantities, *OTHER_NAMES[column]]


def _list_units(dataset: Dataset | None) -> set[str]:
    if dataset is None:
        return set()
    names = (dataset.unit, dataset.symbol, *UNITS.get(dataset.unit, ()))
    return {_normalize(name) for name in names}


def _find_repeated(header: str, dataset: Dataset | None) -> tuple[str, list[str]]:
    """Return the first repeated column and its names, if the header has all three columns."""
    for _, names, columns, _ in _match_columns(header, dataset):
        if all(columns.values()):
            for column, indexes in columns.items():
                if len(indexes) > 1:
                    return column, [names[index] for index in indexes]
    return "", []


def _normalize(name: str) -> str:
    """Return a name without accents, in lower case, with single spaces."""
    decomposed = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())
