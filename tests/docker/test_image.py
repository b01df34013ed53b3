"""The image, run with the options of the task definition."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from packaging.utils import canonicalize_name

from cli.process import free_port
from tests.docker import service
from tests.docker.service import get, run, wait_until
from tests.serving import slow_table
from tests.support import ROOT

pytestmark = pytest.mark.docker

STOP_TIMEOUT = 30


@contextmanager
def running(image: str, port: int, endpoint: str = "http://127.0.0.1:9") -> Iterator[str]:
    """Run the image without privileges, and yield the container's id."""
    options = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
    variables = {"HOST": "127.0.0.1", "PORT": str(port), "TABLE_NAME": "table"}
    aws = {
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    with service.running(image, *options, "--memory", "512m", **variables, **aws) as container:
        yield container


def is_up(port: int) -> bool:
    return get(f"http://127.0.0.1:{port}/health", timeout=1)[0] == 200


def test_it_starts_within_five_seconds_and_writes_no_file(built: str) -> None:
    port = free_port()
    started = time.monotonic()

    with running(built, port) as container:
        wait_until("the API responds", lambda: is_up(port), seconds=20)
        duration = time.monotonic() - started

        assert duration < 5
        assert run("docker", "diff", container) == ""


def test_it_is_not_root_and_has_no_build_tools(built: str) -> None:
    script = "id -u; for tool in gcc cc g++ make ld; do command -v $tool; done; ls -A /app"

    output = run("docker", "run", "--rm", "--entrypoint", "sh", built, "-c", script).split()

    assert output[0] == "10001"
    assert set(output[1:]) == {
        "LICENSE", "adapters", "api", "aquasense", "datasets.toml", "packages", "page", "query",
    }  # fmt: skip


def test_it_has_only_the_pinned_python_packages(built: str) -> None:
    script = "import importlib.metadata as m; [print(d.name, d.version) for d in m.distributions()]"
    pins = (ROOT / "ecs/requirements.txt").read_text(encoding="utf-8")

    output = run("docker", "run", "--rm", "--entrypoint", "python", built, "-c", script)

    # So `make audit`, which checks the pinned packages, applies to the image.
    installed = [line.split() for line in output.splitlines()]
    assert sorted(f"{canonicalize_name(name)}=={version}" for name, version in installed) == sorted(
        re.findall(r"^\S+==[^\s;]+", pins, re.MULTILINE)
    )


def test_the_application_is_not_writable(built: str) -> None:
    script = "touch /app/api/new 2>/dev/null && echo written; find /app -writable -not -type l"

    output = run("docker", "run", "--rm", "--entrypoint", "sh", built, "-c", script)

    assert output == ""


def test_it_completes_pending_requests_before_it_stops(built: str) -> None:
    port, responses = free_port(), []
    url = f"http://127.0.0.1:{port}/months"
    client = threading.Thread(target=lambda: responses.append(get(url, timeout=20)))
    with slow_table(seconds=2) as table, running(built, port, table.endpoint) as container:
        wait_until("the API responds", lambda: is_up(port), seconds=20)
        client.start()
        time.sleep(0.5)
        started = time.monotonic()
        run("docker", "stop", "--time", str(STOP_TIMEOUT), container)
        duration = time.monotonic() - started
        client.join(20)
        [inspected] = json.loads(run("docker", "inspect", container))

    assert [status for status, _ in responses] == [200]
    assert inspected["State"]["ExitCode"] == 0
    assert 1 < duration < STOP_TIMEOUT / 2


@pytest.mark.parametrize("omitted", ["TABLE_NAME", "AWS_REGION"])
def test_a_missing_variable_is_a_one_line_error(built: str, omitted: str) -> None:
    environment = {"TABLE_NAME": "table", "AWS_REGION": "eu-west-1"}
    environment.pop(omitted)
    options = [part for name, value in environment.items() for part in ("--env", f"{name}={value}")]

    output = run("sh", "-c", 'docker run --rm "$@" 2>&1; test $? -eq 1', "sh", *options, built)

    assert output.splitlines() == [output.strip()]
    assert "must be set" in output
