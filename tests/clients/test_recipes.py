"""The recipes of docs/recipes.md, each as far as its program can be installed."""

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator

import pytest

from tests import emulated, serving, support

PYTHON = support.ROOT / ".venv-clients/bin/python"
TEXT = (support.ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
LOCAL = "http://localhost:5000"
# Grafana's variables, as Grafana writes them for December 2022 in UTC.
RANGE = {"${__from}": "1669852800000", "${__to}": "1672531199999"}
ADDRESSES = sorted(
    set(re.findall(rf"{LOCAL}/(?:readings|series|erddap/tabledap)[^\s'\")`]*", TEXT))
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Run the API on a table with the sample."""
    with emulated.emulator() as endpoint:
        table = serving.table(endpoint)
        serving.load(endpoint, table, [("temperatura_1.csv", support.SAMPLE.read_bytes())])
        with serving.api(endpoint, table) as url:
            yield url


def fetch(address: str, url: str) -> list[str]:
    """Return the lines at a URL of the recipes."""
    for name, value in RANGE.items():
        url = url.replace(name, value)
    with urllib.request.urlopen(url.replace(LOCAL, address)) as response:
        return response.read().decode().splitlines()


@pytest.mark.parametrize("url", ADDRESSES)
def test_every_address_of_data_answers_with_rows(address, url):
    assert len(fetch(address, url)) >= 1


def test_grafana_gets_the_readings_of_its_range(address):
    [url] = [url for url in ADDRESSES if "${__from}" in url]
    header, *rows = fetch(address, url)
    assert header == "date,mean_degree_Celsius,deviation_degree_Celsius"
    assert [row[:10] for row in rows] == [
        "2022-12-01", "2022-12-07", "2022-12-16", "2022-12-20", "2022-12-27",
    ]  # fmt: skip


def test_qgis_gets_the_coordinates(address):
    [url] = [url for url in ADDRESSES if "tabledap" in url]
    header, first, *_ = fetch(address, url)
    assert header.startswith("longitude (degrees_east),latitude (degrees_north),time (UTC),mean")
    assert first.startswith("-0.79,37.73,2022-11-17T00:00:00Z,20.05849040081978")


def test_power_query_names_a_column_of_the_series(address):
    header = fetch(address, f"{LOCAL}/series?format=csv")[0].split(",")
    for column in re.findall(r'\{\{"(\w+)", type number', TEXT):
        assert column in header


@pytest.mark.skipif(
    not PYTHON.exists(), reason="there is no .venv-clients: `make test-clients` creates it"
)
def test_duckdb_runs_the_query_on_a_downloaded_file(address, tmp_path):
    [query] = re.findall(r"```sql\n(.+?)```", TEXT, re.DOTALL)
    [url] = re.findall(rf"'({LOCAL}[^']+)'", query)
    file = tmp_path / "readings.csv"
    file.write_text("\n".join(fetch(address, url)))
    script = support.ROOT / "tests" / "clients" / "run_duckdb.py"
    process = subprocess.run(
        [PYTHON, script, query.replace(url, str(file))], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    rows = json.loads(process.stdout)
    assert [month for month, *_ in rows] == [1, 2, 3, 11, 12]
    assert rows[-1] == [12, 5, 15.37]
