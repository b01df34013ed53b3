"""What the faults need: an emulated AWS of their own, and processes to end."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulated import ENVIRON
from tests.faults.aside import Aside, can_fuzz, fuzzer, memory_of
from tests.integration.cloud import Cloud
from tests.support import ROOT
from tools.local_cloud import LocalCloud
from tools.process import free_port

type Run = Callable[[dict[str, Any]], dict[str, Any]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs aside is asked last."""
    items.sort(key=lambda item: item.get_closest_marker("aside") is not None)


@pytest.fixture(scope="session")
def aside_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("aside")


@pytest.fixture(scope="session", autouse=True)
def aside(request: pytest.FixtureRequest, aside_folder: Path) -> Iterator[Aside]:
    """Programs that run beside the other tests, where one of those to come asks for them."""
    programs: Aside = {}
    if any(item.get_closest_marker("aside") for item in request.session.items):
        programs["ten million rows"] = memory_of(10_000_000)
        if can_fuzz():
            programs["fuzzer"] = fuzzer(aside_folder)
    for program in programs.values():
        program.start()
    yield programs
    for program in programs.values():
        program.stop()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """An emulated AWS with nothing in it, in a process of its own."""
    with LocalCloud(free_port(), tmp_path_factory.mktemp("emulator")) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def credentials() -> Iterator[None]:
    """What any AWS client needs to reach an emulator, and nothing of the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRON.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        yield


@pytest.fixture
def cloud(emulator: LocalCloud, credentials: None) -> Cloud:
    """A bucket, a table and a topic of this test's own."""
    return Cloud(emulator.endpoint)


@pytest.fixture(scope="session")
def mortal(
    emulator: LocalCloud, credentials: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    """Runs a function in a process that can be made to end at any call; see mortal.py."""
    log: Path = tmp_path_factory.mktemp("mortal") / "stderr.log"
    paths = os.pathsep.join([str(ROOT / "functions"), str(ROOT)])
    env = os.environ | ENVIRON | {"PYTHONPATH": paths, "AWS_ENDPOINT_URL": emulator.endpoint}
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.mortal"],
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
                # Logs and metrics of the functions come the same way.
                if line.startswith('{"') and '"signal":' in line:
                    found: dict[str, Any] = json.loads(line)
                    return found
            raise AssertionError(log.read_text()[-2000:])

        yield run
        process.stdin.close()
        process.wait(10)
