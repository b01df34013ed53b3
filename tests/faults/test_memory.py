"""Ten million rows in the memory of a thousand."""

import subprocess
import sys

import pytest

from tests.support import ROOT

pytestmark = pytest.mark.faults


def peak(rows):
    """Kilobytes at the most."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.memory", str(rows)],
        cwd=ROOT, env={"PYTHONPATH": f"{ROOT / 'functions'}"}, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    return int(done.stdout)


def test_memory_does_not_grow_up_to_ten_million_rows():
    assert peak(10_000_000) <= peak(1_000) * 1.1
