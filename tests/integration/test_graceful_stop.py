"""Graceful stop: on SIGTERM the API completes its requests and exits with 0."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support import ROOT

ITEM = {
    "pk": {"S": "marmenor.temperature#2022"},
    "sk": {"S": "2022-12-01#20261123T061648.650Z-0000-1a2b3c4d5e6f"},
    "mean": {"S": "15.5"},
    "deviation": {"S": "0.4"},
    "line": {"N": "2"},
    "file": {"S": "a.csv"},
}


class SlowTable(ThreadingHTTPServer):
    """A DynamoDB that answers every query with one reading after `released` is set."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), SlowHandler)
        self.requested, self.released = threading.Event(), threading.Event()
        self.endpoint = f"http://127.0.0.1:{self.server_port}"


class SlowHandler(BaseHTTPRequestHandler):
    def do_POST(self):  # noqa: N802
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requested.set()
        self.server.released.wait(20)
        body = json.dumps({"Items": [ITEM], "Count": 1, "ScannedCount": 1}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def table():
    with SlowTable() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def api(table):
    """The API as the container runs it, on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT / 'ecs'}",
        "TABLE_NAME": "table",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": table.endpoint,
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "api"], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        process.url = f"http://127.0.0.1:{port}"
        wait_until(lambda: get(f"{process.url}/health") is not None)
        yield process
        if process.poll() is None:
            process.kill()


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.URLError:
        return None


def wait_until(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def refuses(url):
    try:
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=1):
            return False
    except ConnectionRefusedError:
        return True


def test_an_open_request_completes_before_exit(api, table):
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(get, f"{api.url}/temp?month=12&year=2022")
        assert table.requested.wait(10)
        api.send_signal(signal.SIGTERM)
        # New connections are refused while the open request still waits.
        wait_until(lambda: refuses(api.url))
        assert not answer.done()
        table.released.set()
        status, body = answer.result(15)
    assert status == 200
    assert body["value"] == 15.5
    assert api.wait(15) == 0


def test_an_idle_server_stops_at_once(api):
    started = time.monotonic()
    api.send_signal(signal.SIGTERM)
    assert api.wait(10) == 0
    assert time.monotonic() - started < 5


def test_an_invalid_configuration_is_reported_in_one_line():
    process = subprocess.run(
        [sys.executable, "-m", "api"],
        env={"PYTHONPATH": f"{ROOT / 'functions'}:{ROOT / 'ecs'}", "AWS_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr == "api: TABLE_NAME must be set\n"
