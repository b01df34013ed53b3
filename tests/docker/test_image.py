"""The image by itself, run as the task definition runs it."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from packaging.utils import canonicalize_name

from tests.docker.service import get, run, wait_until
from tests.support import ROOT
from tools.process import free_port

pytestmark = pytest.mark.docker

STOP_TIMEOUT = 30


class SlowTable(BaseHTTPRequestHandler):
    """A DynamoDB that has nothing, and takes two seconds to say so."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(2)
        body = b'{"Items": [], "Count": 0, "ScannedCount": 0}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running(image: str, port: int, endpoint: str = "http://127.0.0.1:9") -> Iterator[str]:
    """The image without a right it does not need; its id."""
    environment = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "TABLE_NAME": "table",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    container = run(
        *("docker", "run", "--detach", "--read-only", "--cap-drop", "ALL"),
        *("--security-opt", "no-new-privileges", "--network", "host", "--memory", "512m"),
        *(part for name, value in environment.items() for part in ("--env", f"{name}={value}")),
        image,
    ).strip()
    try:
        yield container
    finally:
        run("docker", "rm", "--force", container)


def is_up(port: int) -> bool:
    return get(f"http://127.0.0.1:{port}/health", timeout=1)[0] == 200


def test_it_starts_within_a_few_seconds_without_writing_anything(built: str) -> None:
    port = free_port()
    started = time.monotonic()

    with running(built, port) as container:
        wait_until("it answers", lambda: is_up(port), seconds=20)
        took = time.monotonic() - started

        assert took < 5
        assert run("docker", "diff", container) == ""


def test_it_is_not_root_and_has_nothing_to_build_with(built: str) -> None:
    look = "id -u; for tool in gcc cc g++ make ld; do command -v $tool; done; ls -A /app"

    said = run("docker", "run", "--rm", "--entrypoint", "sh", built, "-c", look).split()

    assert said[0] == "10001"
    assert set(said[1:]) == {"adapters", "api", "aquasense", "datasets.toml", "packages", "query"}


def test_its_python_packages_are_the_pinned_ones_and_no_other(built: str) -> None:
    look = "import importlib.metadata as m; [print(d.name, d.version) for d in m.distributions()]"
    pins = (ROOT / "ecs/requirements.txt").read_text(encoding="utf-8")

    said = run("docker", "run", "--rm", "--entrypoint", "python", built, "-c", look)

    # So what `make audit` says of the pins, it says of the image.
    installed = [line.split() for line in said.splitlines()]
    assert sorted(f"{canonicalize_name(name)}=={version}" for name, version in installed) == sorted(
        re.findall(r"^\S+==[^\s;]+", pins, re.MULTILINE)
    )


def test_nothing_of_the_application_can_be_changed_from_inside(built: str) -> None:
    look = "touch /app/api/new 2>/dev/null && echo written; find /app -writable -not -type l"

    said = run("docker", "run", "--rm", "--entrypoint", "sh", built, "-c", look)

    assert said == ""


def test_it_answers_what_is_under_way_before_it_stops(built: str) -> None:
    table = ThreadingHTTPServer(("127.0.0.1", 0), SlowTable)
    threading.Thread(target=table.serve_forever, daemon=True).start()
    port, answers = free_port(), []
    url = f"http://127.0.0.1:{port}/months"
    asking = threading.Thread(target=lambda: answers.append(get(url, timeout=20)))
    try:
        with running(built, port, f"http://127.0.0.1:{table.server_port}") as container:
            wait_until("it answers", lambda: is_up(port), seconds=20)
            asking.start()
            time.sleep(0.5)
            started = time.monotonic()
            run("docker", "stop", "--time", str(STOP_TIMEOUT), container)
            took = time.monotonic() - started
            asking.join(20)
            [described] = json.loads(run("docker", "inspect", container))
    finally:
        table.shutdown()
        table.server_close()

    assert [status for status, _ in answers] == [200]
    assert described["State"]["ExitCode"] == 0
    assert 1 < took < STOP_TIMEOUT / 2


@pytest.mark.parametrize("left_out", ["TABLE_NAME", "AWS_REGION"])
def test_a_missing_setting_is_one_line(built: str, left_out: str) -> None:
    given = {"TABLE_NAME": "table", "AWS_REGION": "eu-west-1"}
    given.pop(left_out)
    options = [part for name, value in given.items() for part in ("--env", f"{name}={value}")]

    said = run("sh", "-c", 'docker run --rm "$@" 2>&1; test $? -eq 1', "sh", *options, built)

    assert said.splitlines() == [said.strip()]
    assert "must be set" in said
