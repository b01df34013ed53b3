"""The table of variables: the names, meanings and values of the columns.

The columns of CSV and JSON, `info`, `dds`, `das`, the NetCDF files and the tables in docs/erddap.md
follow from it. A variable is added by its entry here.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

from aquasense.datasets import Dataset
from aquasense.figures.registry import FIGURES, Figure
from aquasense.formats.netcdf import Numbers
from aquasense.metadata.model import TIME_UNITS, Row, Variable
from aquasense.quality.model import FAIL, NOT_EVALUATED, PASS, SUSPECT, ReadingTest
from aquasense.quality.registry import READING_TESTS

# Codes of QARTOD's flags.
CODES = {PASS: 1, NOT_EVALUATED: 2, SUSPECT: 3, FAIL: 4}
# Quality tests that have a CF standard name of their own.
_NAMED_TESTS = ("gross_range", "spike", "rate_of_change", "gap", "flat_line")
# Quantities whose change has a CF standard name.
_CHANGES = ("sea_water_temperature", "sea_water_practical_salinity", "sea_water_salinity")
_SUMMARY_FLAG = "qc_flag"
QC_FLAGS = (_SUMMARY_FLAG, *(f"qc_{test.name}" for test in READING_TESTS))


def reading_variables(dataset: Dataset) -> tuple[Variable, ...]:
    """Return the variables of the readings."""
    measured = {
        "standard_name": dataset.standard_name,
        "units": dataset.unit,
        "coverage_content_type": "physicalMeasurement",
        "ancillary_variables": " ".join(QC_FLAGS),
    }
    return (
        *_station_variables(dataset),
        _time("Date of the reading", lambda row: _epoch(row["date"])),
        Variable("mean", "double", lambda row: row["mean"],
                 {"long_name": "Mean over the stations", **measured,
                  "cell_methods": "area: mean"}),
        Variable("deviation", "double", lambda row: row["deviation"],
                 {"long_name": "Standard deviation over the stations", **measured,
                  "cell_methods": "area: standard_deviation"}),
        _flag("Most severe flag of all tests", lambda row: summarize_flags(row["flags"])),
        *map(_test_flag, READING_TESTS),
        _text("file", "File of the reading"),
        _text("upload", "Upload of the file"),
        _text("uploaded_at", "Time of the upload, ISO 8601 in UTC"),
    )  # fmt: skip


def monthly_variables(dataset: Dataset) -> tuple[Variable, ...]:
    """Return the variables of the monthly figures."""
    return (
        *_station_variables(dataset),
        _time("First day of the month",
              lambda row: _epoch(f"{row['year']:04d}-{row['month']:02d}-01")),
        *(_figure(figure, dataset) for figure in FIGURES.values()),
        Variable("readings", "int", lambda row: (row["coverage"] or {"readings": 0})["readings"],
                 {"long_name": "Number of readings of the month",
                  "standard_name": "number_of_observations",
                  "units": "1", "coverage_content_type": "auxiliaryInformation"}),
        Variable("comparable", "byte", lambda row: int(row["comparable"]),
                 {"long_name": f"Whether this month and the one before have {dataset.complete}",
                  "standard_name": "quality_flag",
                  **_flag_attributes({"not_comparable": 0, "comparable": 1})}),
        _flag("Most severe flag of the month's readings", _summarize_month),
    )  # fmt: skip


def summarize_flags(flags: Iterable[str]) -> int:
    """Return QARTOD's code of the most severe of these flags: 'spike:suspect', …"""
    return max((CODES[flag.split(":")[1]] for flag in flags), default=CODES[PASS])


def _summarize_month(row: Row) -> int:
    if not row["coverage"]:
        return CODES[NOT_EVALUATED]
    return summarize_flags(flag for flags in row["flags"].values() for flag in flags)


def _figure(figure: Figure, dataset: Dataset) -> Variable:
    attributes: dict[str, str | Numbers] = {
        "long_name": figure.title.en,
        "comment": figure.definition,
        "units": dataset.unit,
        "coverage_content_type": "physicalMeasurement",
        "ancillary_variables": f"readings comparable {_SUMMARY_FLAG}",
        "_FillValue": Numbers("double", (float("nan"),)),
    }
    if figure.cell_methods:
        attributes |= {
            "standard_name": dataset.standard_name, "cell_methods": figure.cell_methods,
        }  # fmt: skip
    elif figure.needs_previous_month and dataset.standard_name in _CHANGES:
        attributes["standard_name"] = f"change_over_time_in_{dataset.standard_name}"
    return Variable(figure.name, "double", lambda row: row[figure.name], attributes)


def _station_variables(dataset: Dataset) -> tuple[Variable, ...]:
    description = dataset.description
    station = Variable("station", "String", lambda row: dataset.name,
                       {"long_name": "Name of the series", "cf_role": "timeseries_id"},
                       of_station=True)  # fmt: skip
    if description.latitude is None or description.longitude is None:
        return (station,)
    position = (
        _coordinate("latitude", description.latitude, axis="Y", units="degrees_north"),
        _coordinate("longitude", description.longitude, axis="X", units="degrees_east"),
    )
    if description.depth is None:
        return station, *position
    return station, *position, _coordinate("depth", description.depth, axis="Z", units="m",
                                           positive="down")  # fmt: skip


def _coordinate(name: str, value: float, axis: str, units: str, **others: str) -> Variable:
    attributes = {"long_name": name.capitalize(), "standard_name": name, "units": units,
                  "axis": axis, **others, "coverage_content_type": "coordinate"}  # fmt: skip
    # As text shows it: a double that equals no shorter decimal would never equal a constraint.
    exact = Decimal(repr(value))
    return Variable(name, "double", lambda row: exact, attributes, of_station=True)


def _time(long_name: str, value: Callable[[Row], int]) -> Variable:
    return Variable("time", "double", value, {
        "long_name": long_name, "standard_name": "time", "units": TIME_UNITS, "axis": "T",
        "calendar": "gregorian", "coverage_content_type": "coordinate",
    })  # fmt: skip


def _text(name: str, long_name: str) -> Variable:
    attributes = {"long_name": long_name, "coverage_content_type": "referenceInformation"}
    return Variable(name, "String", lambda row: row[name], attributes)


def _flag(long_name: str, value: Callable[[Row], int]) -> Variable:
    return Variable(_SUMMARY_FLAG, "byte", value, {
        "long_name": long_name, "standard_name": "aggregate_quality_flag",
        **_flag_attributes(CODES),
    })  # fmt: skip


def _test_flag(test: ReadingTest) -> Variable:
    named = f"{test.name}_test_quality_flag" if test.name in _NAMED_TESTS else "quality_flag"
    attributes = {
        "long_name": f"QARTOD flag of the test {test.name}: {test.question}",
        "standard_name": named,
        **_flag_attributes({verdict: CODES[verdict] for verdict in test.verdicts}),
    }
    return Variable(
        f"qc_{test.name}", "byte", lambda row: CODES[row["tests"][test.name]], attributes
    )


def _flag_attributes(codes: Mapping[str, int]) -> dict[str, str | Numbers]:
    return {
        "flag_values": Numbers("byte", tuple(codes.values())),
        "flag_meanings": " ".join(codes),
        "coverage_content_type": "qualityInformation",
    }


def _epoch(date: str) -> int:
    return int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp())
