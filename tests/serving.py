"""The API as a separate process on an emulated table with uploads."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3

from adapters.config import Config
from adapters.table import Table
from aquasense.csvfile.decode import UnreadableFile
from aquasense.csvfile.lines import Row
from aquasense.datasets import UnknownDataset
from aquasense.uploads import receipts
from aquasense.uploads.identity import Upload, Withdrawal, build_upload_id
from cli.environment import CREDENTIALS, REGION
from tests import support
from tests.emulated import create_table

FIRST_UPLOAD = datetime(2026, 11, 23, 6, 16, 48, 650_000, tzinfo=UTC)


def table(endpoint: str) -> str:
    """Create a table and return its name."""
    name = f"t{uuid.uuid4().hex[:16]}"
    client = boto3.client(
        "dynamodb",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    create_table(client, name)
    return name


def environ(endpoint: str, table_name: str) -> dict[str, str]:
    """Return the environment of the API's process."""
    return {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint, "TABLE_NAME": table_name}


def load(
    endpoint: str,
    table_name: str,
    files: Iterable[tuple[str, bytes]],
    withdrawn: Iterable[int] = (),
) -> list[str]:
    """Ingest files as uploads one minute apart and return their upload ids.

    Args:
        endpoint, table_name: of the table.
        files: key and content.
        withdrawn: indexes of the files that are withdrawn at the end.
    """
    config = Config.from_env(environ(endpoint, table_name))

    async def run() -> list[str]:
        async with Table.open(config, 5.0) as table:
            uploads = [await _ingest(table, number, *file) for number, file in enumerate(files)]
            for number in withdrawn:
                receipt = await table.read_receipt(uploads[number].id)
                assert receipt
                deletion_id = build_upload_id(uploads[number].key, "deleted", _at(number + 30), 0)
                await table.withdraw({Withdrawal(receipt.id, deletion_id): receipt})
            return [upload.id for upload in uploads]

    previous = {name: os.environ.get(name) for name in CREDENTIALS}
    os.environ.update(CREDENTIALS)
    try:
        # In another thread: Playwright runs an event loop in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(run())).result()
    finally:
        for name, value in previous.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


async def _ingest(table: Table, number: int, key: str, content: bytes) -> Upload:
    at = _at(number)
    upload = Upload(build_upload_id(key, f"v{number}", at, 0), key, f"v{number}", at, len(content))
    try:
        dataset = support.DATASETS.for_key(key)
    except UnknownDataset as error:
        await table.put_receipt(receipts.build_rejection(upload, "", error))
        return upload
    try:
        scan = support.scan_csv(content)
    except UnreadableFile as error:
        await table.put_receipt(receipts.build_rejection(upload, dataset.name, error))
        return upload

    async def rows() -> AsyncIterator[Row]:
        for row in support.rows_of(content):
            yield row

    await table.write_rows(dataset.name, upload, rows())
    await table.put_receipt(receipts.build_receipt(upload, dataset.name, scan))
    return upload


def _at(number: int) -> datetime:
    return FIRST_UPLOAD.replace(hour=6 + number // 60, minute=number % 60)


@contextmanager
def api(endpoint: str, table_name: str, **variables: str) -> Iterator[str]:
    """Run the API with further environment variables and yield its address."""
    with api_process(**environ(endpoint, table_name) | variables) as (address, _):
        yield address


@contextmanager
def api_process(**variables: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the API in this environment, as its container does; yield its address and process."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "api"],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{support.ROOT / 'functions'}:{support.ROOT / 'ecs'}",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            **variables,
        },
        stdout=None if os.environ.get("API_LOGS") else subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, process)
        yield address, process
    finally:
        process.terminate()
        process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            assert process.poll() is None, "the API ended by itself"
            assert time.monotonic() < deadline, "the API does not answer"
            time.sleep(0.1)


class SlowTable(ThreadingHTTPServer):
    """A DynamoDB that answers every query with the same items, late.

    Attributes:
        items: In DynamoDB JSON.
        seconds: Delay of a response, unless `released` is set before.
        requested, released: Set by a request, and by the test.
    """

    def __init__(self, items: list[dict[str, Any]], seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _SlowHandler)
        self.items, self.seconds = items, seconds
        self.requested, self.released = threading.Event(), threading.Event()
        self.endpoint = f"http://127.0.0.1:{self.server_port}"


class _SlowHandler(BaseHTTPRequestHandler):
    server: SlowTable

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requested.set()
        self.server.released.wait(self.server.seconds)
        items = self.server.items
        body = json.dumps({"Items": items, "Count": len(items), "ScannedCount": len(items)})
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def slow_table(*items: dict[str, Any], seconds: float) -> Iterator[SlowTable]:
    """Serve a slow table in a thread."""
    with SlowTable(list(items), seconds) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()


def create_certificate(folder: Path) -> tuple[Path, Path]:
    """Create a self-signed certificate of 127.0.0.1; return its file and that of its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-keyout", key, "-out", certificate),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
            *("-addext", "keyUsage=critical,digitalSignature,keyEncipherment"),
            *("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
        ],
        capture_output=True,
        check=True,
    )
    return certificate, key
