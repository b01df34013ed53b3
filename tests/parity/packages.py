"""The kept packages, in an environment of their own."""

import json
import subprocess
from typing import Any

import pytest

from tests.support import ROOT

PYTHON = ROOT / ".venv-parity/bin/python"
NEEDED = pytest.mark.skipif(
    not PYTHON.exists(), reason="there is no .venv-parity: `make test-parity` creates it"
)


def ask(script: str, series: list[Any]) -> list[Any]:
    """Return the answer of a script of this folder to each series."""
    run = subprocess.run(
        [PYTHON, ROOT / "tests/parity" / script],
        input=json.dumps(series),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(run.stdout)
