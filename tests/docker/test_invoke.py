"""`make invoke` with each event of events/: the function in its container, as on Lambda."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.docker.service import get, wait_until
from tests.support import EVENTS, ROOT
from tools.process import free_port

pytestmark = pytest.mark.docker

# Building and deploying takes half a minute.
SECONDS = 180.0


@pytest.fixture(scope="module")
def cloud_port() -> Iterator[int]:
    """Start `make run` with the sample, and yield the port of its cloud."""
    port = free_port()
    # Do not pass on the PORT or CLOUD_PORT of `make test-docker`.
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    with subprocess.Popen(
        ["make", "run", f"CLOUD_PORT={port}", f"PORT={free_port()}"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    ) as run:
        try:
            deadline = time.monotonic() + SECONDS
            while not (ROOT / ".local" / str(port) / "run.json").exists():
                assert run.poll() is None, run.stdout.read()
                assert time.monotonic() < deadline, "make run did not come up"
                time.sleep(0.5)
            yield port
        finally:
            # Like Ctrl-C, signal make and its children.
            os.killpg(run.pid, signal.SIGINT)
            run.communicate(timeout=60)


# The query function is deployed only if EnableHttpApi is set.
NOTIFICATIONS = [
    path for path in sorted(EVENTS.glob("*.json")) if '"requestContext"' not in path.read_text()
]


@pytest.mark.parametrize("path", NOTIFICATIONS, ids=lambda path: path.stem)
def test_an_event_is_processed(cloud_port, path):
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    process = subprocess.run(
        ["make", "invoke", f"EVENT={path.stem}", f"CLOUD_PORT={cloud_port}"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    result = process.stdout.strip().splitlines()[-1]
    assert json.loads(result) == {"batchItemFailures": []}


def test_start_api_serves_the_query_function_in_its_container(cloud_port: int) -> None:
    port = free_port()
    note = json.loads((ROOT / ".local" / str(cloud_port) / "run.json").read_text())
    env = os.environ | {"CLOUD_PORT": str(cloud_port), "API_PORT": str(port)}
    path = "/temp?month=12&year=2022"
    with subprocess.Popen(
        ["make", "start-api"],
        cwd=ROOT,
        env={name: value for name, value in env.items() if not name.startswith("MAKE")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as served:
        try:
            url = f"http://127.0.0.1:{port}{path}"
            # The first response includes the start of the container.
            wait_until("the API responds", lambda: get(url, 60), lambda a: a[0] == 200, SECONDS)
            assert get(url, 60) == get(f"{note['api']}{path}")
        finally:
            os.killpg(served.pid, signal.SIGINT)
            served.wait(60)
