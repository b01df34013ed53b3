"""mlcroissant and frictionless load a frozen state, before and after later uploads."""

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import emulated, serving, support

PYTHON = support.ROOT / ".venv-clients/bin/python"
pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="there is no .venv-clients: `make test-clients` creates it"
)
FIRST = ("temperatura_1.csv", support.SAMPLE.read_bytes())
LATER = [
    ("correction.csv", support.csv("2022/11/17,1.5,0.7")),
    ("new.csv", support.csv("2023/5/1,20,0.1")),
]
FOLDER = "/datasets/marmenor.temperature"
# Between the first upload and the others.
AS_OF = "2026-11-23T06:00:50.000Z"


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Run the API on a table with the sample; yield its address and a function that uploads."""
    with emulated.emulator() as endpoint:
        table = serving.table(endpoint)
        serving.load(endpoint, table, [FIRST])
        with serving.api(endpoint, table) as address:
            yield address, lambda: serving.load(endpoint, table, [FIRST, *LATER])


def ask(folder: str, *queries: str) -> Any:
    """Return what the clients say of a dataset's documents, for each query."""
    script = support.ROOT / "tests/clients/ask_catalogues.py"
    process = subprocess.run(
        [PYTHON, script, folder, *queries], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def test_clients_load_the_records_and_the_digest_holds_after_later_uploads(server):
    address, upload = server
    [before] = ask(address + FOLDER, "")

    croissant, package = before["croissant"], before["frictionless"]
    assert croissant["issues"] == []
    assert croissant["records"] == package["rows"] == 20
    assert package["valid"], package["errors"]
    assert package["first"] == {
        "date": "2022-11-17",
        "mean_degree_Celsius": "20.05849040081978",
        "deviation_degree_Celsius": "0.16630303692658255",
    }
    assert croissant["first"]["readings/mean"] == "20.05849040081978"
    assert croissant["cite_as"].startswith("Creator not stated (2026): Mar Menor")

    upload()
    frozen, current = ask(address + FOLDER, f"?as_of={AS_OF}", "")
    assert frozen["croissant"]["records"] == frozen["frictionless"]["rows"] == 20
    assert frozen["frictionless"]["valid"]
    assert frozen["frictionless"]["first"] == package["first"]
    assert current["croissant"]["records"] == current["frictionless"]["rows"] == 21
    assert current["frictionless"]["valid"]
    assert current["frictionless"]["first"]["mean_degree_Celsius"] == "1.5"
