"""Environment, Hypothesis profiles and build of all tests."""

import fcntl
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tools import sam
from tools.local_env import local_env

# Powertools reads it at the first import of a function, in any test.
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "AquaSense")

# A deadline per example fails on a busy machine, not on a wrong program.
settings.register_profile(
    "project", deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow]
)
# For `make unit`.
settings.register_profile("quick", settings.get_profile("project"), max_examples=30)
settings.load_profile("project")


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the functions once for all workers, and return the folder of the build."""
    base = tmp_path_factory.getbasetemp()
    # Workers of pytest-xdist have subfolders of one folder.
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "sam"
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "build" / "template.yaml").exists():
            sam.build(folder, local_env(""))
    return folder / "build"
