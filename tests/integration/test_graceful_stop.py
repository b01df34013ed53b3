"""Graceful stop: on SIGTERM the API completes its requests and exits with 0."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import serving
from tests.support import ROOT

ITEM = {
    "pk": {"S": "marmenor.temperature#2022"},
    "sk": {"S": "2022-12-01#20261123T061648.650Z-0000-1a2b3c4d5e6f"},
    "mean": {"S": "15.5"},
    "deviation": {"S": "0.4"},
    "line": {"N": "2"},
    "file": {"S": "a.csv"},
}


@pytest.fixture
def table():
    with serving.slow_table(ITEM, seconds=20) as table:
        yield table


@pytest.fixture
def api(table):
    """The address and the process of the API."""
    with serving.api_process(**serving.environ(table.endpoint, "table")) as address_and_process:
        yield address_and_process


def get(url):
    with urllib.request.urlopen(url, timeout=20) as response:
        return response.status, json.load(response)


def refuses(url):
    try:
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=1):
            return False
    except ConnectionRefusedError:
        return True


def test_an_open_request_completes_before_exit(api, table):
    address, process = api
    with ThreadPoolExecutor() as pool:
        response = pool.submit(get, f"{address}/temp?month=12&year=2022")
        assert table.requested.wait(10)
        process.send_signal(signal.SIGTERM)
        # New connections are refused while the open request still waits.
        deadline = time.monotonic() + 15
        while not refuses(address):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert not response.done()
        table.released.set()
        status, body = response.result(15)
    assert status == 200
    assert body["value"] == 15.5
    assert process.wait(15) == 0


def test_an_idle_server_stops_at_once(api):
    _, process = api
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
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
