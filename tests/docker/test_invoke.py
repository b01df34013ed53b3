"""`aquasense invoke` with each event of events/: the function in its container, as on Lambda."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from cli.process import free_port
from tests.docker.service import get, wait_until
from tests.support import EVENTS, ROOT

pytestmark = pytest.mark.docker

# Building and deploying takes half a minute.
SECONDS = 180.0


def read_note(cloud_port: int) -> dict[str, Any] | None:
    """Return the note of a local cloud, or None if it has not written one."""
    path = ROOT / ".local" / str(cloud_port) / "run.json"
    return json.loads(path.read_text()) if path.exists() else None


@pytest.fixture(scope="module")
def cloud_port() -> Iterator[int]:
    """Start `aquasense run` with the sample, and yield the port of its cloud."""
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
            while not (note := read_note(port)) or not note["outputs"]:
                assert run.poll() is None, run.stdout.read()
                assert time.monotonic() < deadline, "the cloud did not start"
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


@pytest.mark.parametrize(
    ("function", "event"),
    [
        *(("IngestFunction", path.stem) for path in NOTIFICATIONS if path.stem != "stream-batch"),
        ("NotifyFunction", "stream-batch"),
        ("QueryFunction", "http-api-get"),
    ],
)
def test_plain_sam_local_invoke_uses_the_running_cloud(cloud_port, sam_build, function, event):
    process = subprocess.run(
        [
            *sam_build,
            "local",
            "invoke",
            function,
            "-e",
            f"events/{event}.json",
            "--skip-pull-image",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    answer = json.loads(process.stdout.strip().splitlines()[-1])
    if function == "QueryFunction":
        assert json.loads(answer["body"])["value"] == 15.374606476138302
    else:
        assert answer == {"batchItemFailures": []}


@pytest.fixture(scope="module")
def sam_build(cloud_port: int) -> list[str]:
    """Run `sam build` as its users type it, and return the command `sam`."""
    sam = ["env", f"PATH={ROOT}/.venv/bin:{ROOT}/.venv-sam/bin:{os.environ['PATH']}", "sam"]
    subprocess.run([*sam, "build"], cwd=ROOT, capture_output=True, timeout=SECONDS, check=True)
    return sam


def test_start_api_serves_the_query_function_in_its_container(cloud_port: int) -> None:
    port = free_port()
    note = read_note(cloud_port)
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
