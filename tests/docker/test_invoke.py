"""Each event of events/ through `make invoke`: the function in its container, as on Lambda."""

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

# Environments are made before the tests run; building and deploying takes half a minute.
SECONDS = 180.0


@pytest.fixture(scope="module")
def cloud_port() -> Iterator[int]:
    """A local cloud as `make run` starts it, with the sample in it."""
    port = free_port()
    # A PORT or CLOUD_PORT given to make test-docker is not meant for these.
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
            # As Ctrl-C does it: to make and to what it runs.
            os.killpg(run.pid, signal.SIGINT)
            run.communicate(timeout=60)


# The function behind an HTTP API is deployed only where a parameter asks for it.
NOTIFICATIONS = [
    path for path in sorted(EVENTS.glob("*.json")) if '"requestContext"' not in path.read_text()
]


@pytest.mark.parametrize("path", NOTIFICATIONS, ids=lambda path: path.stem)
def test_an_event_is_taken(cloud_port, path):
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(
        ["make", "invoke", f"EVENT={path.stem}", f"CLOUD_PORT={cloud_port}"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answer = done.stdout.strip().splitlines()[-1]
    assert json.loads(answer) == {"batchItemFailures": []}


def test_the_api_without_a_container_answers_in_lambdas_own(cloud_port: int) -> None:
    port = free_port()
    note = json.loads((ROOT / ".local" / str(cloud_port) / "run.json").read_text())
    env = os.environ | {"CLOUD_PORT": str(cloud_port), "API_PORT": str(port)}
    question = "/temp?month=12&year=2022"
    with subprocess.Popen(
        ["make", "start-api"],
        cwd=ROOT,
        env={name: value for name, value in env.items() if not name.startswith("MAKE")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as served:
        try:
            here = f"http://127.0.0.1:{port}{question}"
            # Two processors and a cold container: the first answer takes its time.
            wait_until("it answers", lambda: get(here, 60), lambda a: a[0] == 200, SECONDS)
            assert get(here, 60) == get(f"{note['api']}{question}")
        finally:
            os.killpg(served.pid, signal.SIGINT)
            served.wait(60)
