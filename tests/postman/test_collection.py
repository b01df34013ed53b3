"""The Postman collection, run by newman on the Node of the project's environment."""

import subprocess

import pytest

from tests import serving, support
from tests.emulated import emulator
from tools.postman import COLLECTION

NEWMAN = support.ROOT / "tests" / "libraries" / "node_modules" / "newman" / "bin" / "newman.js"


@pytest.mark.postman
def test_every_request_of_the_collection_succeeds():
    with emulator() as endpoint:
        table = serving.table(endpoint)
        serving.load(endpoint, table, [("a.csv", support.SAMPLE.read_bytes())])
        with serving.api(endpoint, table) as address:
            process = subprocess.run(
                [support.ROOT / "tools" / "node", "node", "--no-deprecation", NEWMAN, "run",
                 COLLECTION, "--env-var", f"api={address}", "--reporters", "cli",
                 "--color", "off", "--disable-unicode"],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
    assert process.returncode == 0, process.stdout + process.stderr
    assert "answers 200" in process.stdout
