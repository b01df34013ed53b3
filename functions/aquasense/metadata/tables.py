"""The two tables of each dataset: its readings and its monthly figures."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from aquasense.datasets import Dataset, Datasets
from aquasense.figures.series import build_series
from aquasense.metadata.description import table_ids
from aquasense.metadata.model import Row, Variable
from aquasense.metadata.variables import QC_FLAGS, monthly_variables, reading_variables
from aquasense.quality import flags
from aquasense.readings.members import reading_members
from aquasense.readings.versions import Version


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a dataset.

    Attributes:
        id: name in URLs, and of the files.
        dataset: of the readings.
        title, summary: for people.
        resolution: ISO 8601 duration from row to row; empty if it varies.
        variables: in the order of the columns.
        list_rows: function of all current readings and of the names of the variables needed, that
            yields the rows in order of time.
    """

    id: str
    dataset: Dataset
    title: str
    summary: str
    resolution: str
    variables: tuple[Variable, ...]
    list_rows: Callable[[Dataset, Sequence[Version], Collection[str]], Iterable[Row]]


def list_tables(datasets: Datasets) -> dict[str, Table]:
    """Return the tables of all datasets by id."""
    tables = (table for dataset in datasets.by_name.values() for table in _tables_of(dataset))
    return {table.id: table for table in tables}


def _tables_of(dataset: Dataset) -> tuple[Table, Table]:
    readings_id, monthly_id = table_ids(dataset.name)
    return (
        Table(
            readings_id,
            dataset,
            dataset.title,
            f"{dataset.title}: each reading with its flags and source. Flagged readings are kept. "
            "For each date the most recently uploaded file wins, so earlier rows can change.",
            "",
            reading_variables(dataset),
            _list_readings,
        ),
        Table(
            monthly_id,
            dataset,
            f"{dataset.title}: monthly figures",
            f"{dataset.title}: figures of every calendar month, computed from the current "
            "readings. A month without readings has missing values.",
            "P1M",
            monthly_variables(dataset),
            _list_months,
        ),
    )


def _list_readings(
    dataset: Dataset, readings: Sequence[Version], names: Collection[str]
) -> Iterator[Row]:
    # Most of the work, and many requests need no flag.
    flagged = not set(QC_FLAGS).isdisjoint(names)
    verdicts = flags.evaluate(readings, dataset.limits) if flagged else {}
    for reading in readings:
        yield reading_members(reading, verdicts.get(reading.date))


def _list_months(
    dataset: Dataset, readings: Sequence[Version], names: Collection[str]
) -> Iterator[Row]:
    return build_series(dataset, readings, None, None)
