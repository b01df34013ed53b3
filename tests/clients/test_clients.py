"""erddapy and the readers of NetCDF work with the running API, and its files are compliant."""

import json
import re
import shutil
import subprocess
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import emulated, serving, support
from tests.e2e.test_second_dataset import SALINITY

PYTHON = support.ROOT / ".venv-clients/bin/python"
pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="there is no .venv-clients: `make test-clients` creates it"
)

READINGS, MONTHLY = "marmenor_temperature", "marmenor_temperature_monthly"
# What the example in docs/datasets.md states, for the sample's dataset too.
DESCRIPTION = re.findall(r"(?m)^(?:licence|depth|institution|project|creator) = .*\n", SALINITY)
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date()
DECEMBER = {
    "2022-12-01": "15.569854830055972", "2022-12-07": "15.230866866053274",
    "2022-12-16": "15.562013146240401", "2022-12-20": "15.20141548830982",
    "2022-12-27": "15.308882050032043",
}  # fmt: skip


def describe_all(folder: Path) -> Path:
    """Return the folder of a copy of the functions whose datasets state everything."""
    functions = folder / "functions"
    shutil.copytree(support.ROOT / "functions", functions)
    source = functions / "datasets.toml"
    text = re.sub(r"(?m)^licence = .*\n", "".join(DESCRIPTION), source.read_text(), count=1)
    source.write_text(f"{text}\n{SALINITY}")
    return functions


def start_api(functions: Path) -> Any:
    """Run the API on a table with the sample and a recent reading."""
    with emulated.emulator() as endpoint:
        table = serving.table(endpoint)
        recent = support.csv(f"{YESTERDAY},14.5,0.2")
        files = [("temperatura_1.csv", support.SAMPLE.read_bytes()), ("recent.csv", recent)]
        serving.load(endpoint, table, files)
        path = f"{functions}:{support.ROOT / 'ecs'}"
        with serving.api(endpoint, table, PYTHONPATH=path) as address:
            yield address


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Address of an API whose datasets state everything."""
    yield from start_api(describe_all(tmp_path_factory.mktemp("described")))


@pytest.fixture(scope="module")
def shipped() -> Any:
    """Address of an API with the datasets as they are shipped."""
    yield from start_api(support.ROOT / "functions")


def run(script: str, *arguments: object, folder: Path) -> Any:
    """Return the JSON that a script prints in the clients' environment."""
    process = subprocess.run(
        [PYTHON, support.ROOT / "tests/clients" / script, *map(str, arguments)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.fixture(scope="module")
def answers(address: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return run("ask_erddapy.py", address, folder=tmp_path_factory.mktemp("erddapy"))


def test_erddapy_reads_rows_with_every_digit(answers: Any) -> None:
    assert answers["pandas"]["columns"] == ["mean (degree_Celsius)", "deviation (degree_Celsius)"]
    assert [time[:10] for time in answers["pandas"]["times"]] == list(DECEMBER)
    assert answers["pandas"]["means"] == list(DECEMBER.values())
    assert answers["xarray"]["means"] == list(DECEMBER.values())
    assert answers["xarray"]["times"] == list(DECEMBER)


def test_erddapy_opens_a_cf_time_series(answers: Any) -> None:
    opened = answers["xarray"]
    assert opened["dims"] == {"timeseries": 1, "obs": 5}
    assert opened["coordinates"] == ["depth", "latitude", "longitude", "time"]
    assert (opened["station"], opened["units"]) == ("marmenor.temperature", "degree_Celsius")
    assert answers["ncCF"] == {"feature_type": "timeSeries", "size": 5, "sample_dimension": "obs"}


def test_erddapy_reads_the_monthly_figures(answers: Any) -> None:
    months = answers["months"]
    assert months["temp"][:2] == ["18.658589269534403", "15.374606476138302"]
    assert months["maxdiff"][:2] == ["nan", "-4.48863557076381"]
    # The gap until yesterday's reading.
    assert months["readings"][:6] == ["2.0", "5.0", "4.0", "4.0", "5.0", "0.0"]
    assert (months["temp"][5], months["qc_flag"][5]) == ("nan", "2.0")


def test_erddapy_finds_variables_and_tables(answers: Any) -> None:
    assert answers["by_attribute"] == {
        "standard_name": ["deviation", "mean"],
        "axis": ["depth", "latitude", "longitude", "time"],
        "flags": ["comparable", "qc_flag"],
    }
    assert answers["info"] == ["attribute", "variable"]
    salinity = ["marmenor_salinity", "marmenor_salinity_monthly"]
    assert answers["all"] == [READINGS, MONTHLY, *salinity]
    assert answers["search"] == [READINGS, salinity[0]]
    assert answers["advanced"] == [MONTHLY]
    assert answers["servers"] == [READINGS, MONTHLY]
    assert answers["advanced_servers"] == [MONTHLY, salinity[1]]


def test_erddapy_asks_for_distinct_relative_and_no_rows(answers: Any) -> None:
    station = "marmenor.temperature"
    assert answers["distinct"] == [[station, "recent.csv"], [station, "temperatura_1.csv"]]
    assert (answers["relative"], answers["latest"], answers["text"]) == (1, 1, 1)
    for name in ("no_data", "no_data_netcdf"):
        assert "code=404;" in answers[name]
        assert "Your query produced no matching results." in answers[name]
    assert "Unrecognized variable" in answers["unknown"]
    assert answers["download"] > 21 * 16


def read_files(address: str, folder: Path) -> Any:
    """Return the contents and findings of all files of the temperature, by name."""
    paths = []
    for table in (READINGS, MONTHLY):
        for file_type in ("nc", "ncCF"):
            paths.append(folder / f"{table}.{file_type}.nc")
            url = f"{address}/erddap/tabledap/{table}.{file_type}"
            paths[-1].write_bytes(urllib.request.urlopen(url).read())
    read = run("read_netcdf.py", *paths, folder=folder)
    return {Path(path).name.removesuffix(".nc"): content for path, content in read.items()}


def test_the_files_are_compliant_and_have_the_nearest_doubles(address: str, tmp_path: Path) -> None:
    files = read_files(address, tmp_path)
    assert {name: file["findings"] for name, file in files.items()} == {
        name: {"cf:1.8": [], "acdd:1.3": []} for name in files
    }
    assert {file["model"] for file in files.values()} == {"NETCDF3_CLASSIC"}
    readings = files[f"{READINGS}.nc"]
    assert readings["dimensions"]["row"] == 21
    with urllib.request.urlopen(f"{address}/readings?fields=mean,deviation") as response:
        exact = json.load(response)["readings"]
    for name in ("mean", "deviation"):
        assert readings["values"][name] == [repr(float(row[name])) for row in exact]
    assert readings["flags"]["qc_repeat"] == [[1, 2, 3], "pass not_evaluated suspect", "int8"]
    assert files[f"{READINGS}.ncCF"]["values"]["mean"] == readings["values"]["mean"]
    assert files[f"{MONTHLY}.ncCF"]["values"]["latitude"] == ["37.73"]


def test_the_files_of_the_shipped_datasets_are_compliant_with_cf(
    shipped: str, tmp_path: Path
) -> None:
    files = read_files(shipped, tmp_path)
    assert {name: file["findings"]["cf:1.8"] for name, file in files.items()} == {
        name: [] for name in files
    }
    # The checker finds what `aquasense datasets` lists.
    missing = " ".join(files[f"{READINGS}.ncCF"]["findings"]["acdd:1.3"])
    for name in ("creator_name", "institution", "project", "geospatial_vertical_min"):
        assert name in missing
