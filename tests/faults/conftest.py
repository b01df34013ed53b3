"""Fixtures of the fault tests: an emulated AWS, and a process to kill."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.local.cloud import LocalCloud
from cli.process import free_port
from tests.emulated import ENVIRON
from tests.integration.cloud import Cloud
from tests.support import ROOT

type Run = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Start an empty emulated AWS in its own process."""
    with LocalCloud(free_port(), tmp_path_factory.mktemp("emulator")) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def credentials() -> Iterator[None]:
    """Set the credentials for the emulator, and unset the user's own configuration."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRON.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        yield


@pytest.fixture
def cloud(emulator: LocalCloud, credentials: None) -> Cloud:
    """Create a bucket, a table and a topic for one test."""
    return Cloud(emulator.endpoint)


@pytest.fixture(scope="session")
def killable(
    emulator: LocalCloud, credentials: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    """Run a function in a process that is killed at a chosen AWS call; see killable.py."""
    log: Path = tmp_path_factory.mktemp("killable") / "stderr.log"
    paths = os.pathsep.join([str(ROOT / "functions"), str(ROOT)])
    env = os.environ | ENVIRON | {"PYTHONPATH": paths, "AWS_ENDPOINT_URL": emulator.endpoint}
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.killable"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=env, cwd=ROOT,
            text=True,
        ) as process,
    ):  # fmt: skip

        def run(job: dict[str, Any]) -> dict[str, Any]:
            assert process.stdin
            assert process.stdout
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            while line := process.stdout.readline():
                # The functions write logs and metrics to the same stream.
                if line.startswith('{"') and '"signal":' in line:
                    result: dict[str, Any] = json.loads(line)
                    return result
            raise AssertionError(log.read_text()[-2000:])

        yield run
        process.stdin.close()
        process.wait(10)
