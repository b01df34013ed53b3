"""Builders of files, versions and streams."""

import asyncio
import functools
import io
import json
from collections.abc import Callable, Coroutine, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.s3 import Bucket, StoredVersion
from aquasense import datasets
from aquasense.csvfile.decode import FileLimits, Readable
from aquasense.csvfile.lines import Rejection, Row
from aquasense.csvfile.reader import latest_rows, parse_file, scan_file
from aquasense.csvfile.scan import Scan
from aquasense.datasets import Dataset
from aquasense.readings.versions import Version

ROOT = Path(__file__).resolve().parent.parent
EVENTS = ROOT / "events"
SAMPLE = EVENTS / "temperatura_1.csv"
ALERTING = EVENTS / "alerta_inventada.csv"
HEADER = "Fecha,Medias,Desviaciones"
# Later than every reading of the tests.
UPLOAD_ID = "20261123T061648.650Z-0000-1a2b3c4d5e6f"
LIMITS = FileLimits()
DATASETS = datasets.load_datasets(Decimal("0.5"))
TEMPERATURE = DATASETS.default


def in_event_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a coroutine function as a test, in an event loop of its own."""

    @functools.wraps(test)
    def run(*arguments: Any, **fixtures: Any) -> None:
        asyncio.run(test(*arguments, **fixtures))

    return run


class Trickle:
    """A stream that returns at most `at_a_time` bytes per read, as a network may."""

    def __init__(self, content: bytes, at_a_time: int = 1) -> None:
        self._inner = io.BytesIO(content)
        self._at_a_time = at_a_time

    def read(self, size: int = -1, /) -> bytes:
        return self._inner.read(self._at_a_time if size < 0 else min(size, self._at_a_time))


def csv(*rows: str, header: str = HEADER) -> bytes:
    """Return a file of a header and lines."""
    return "\n".join([header, *rows, ""]).encode()


def parse_csv(content: bytes, limits: FileLimits = LIMITS) -> list[Row | Rejection]:
    """Parse every line of a file."""
    return list(parse_file(io.BytesIO(content), limits))


def scan_csv(
    content: bytes | Readable, limits: FileLimits = LIMITS, dataset: Dataset | None = None
) -> Scan:
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    return scan_file(stream, limits, dataset)


def rows_of(
    content: bytes, limits: FileLimits = LIMITS, dataset: Dataset | None = None
) -> list[Row]:
    """Return the last row of each date of a file."""
    scan = scan_csv(content, limits, dataset)
    batches = latest_rows(io.BytesIO(content), limits, scan, dataset)
    return [row for batch in batches for row in batch]


def versions_of(content: bytes, upload_id: str, file: str = "file.csv") -> list[Version]:
    """Return the rows of a file as versions of an upload."""
    return [
        Version(row.date, upload_id, row.mean, row.deviation, row.line, file)
        for row in rows_of(content)
    ]


def version(
    date: str, mean: str = "15", deviation: str = "0.1", upload_id: str = UPLOAD_ID, line: int = 2
) -> Version:
    return Version(date, upload_id, mean, deviation, line, "file.csv")


def readings(*pairs: tuple[str, str]) -> list[Version]:
    """Return versions of pairs (date, mean)."""
    return [version(date, mean) for date, mean in pairs]


def of_month(versions: Iterable[Version], month: str) -> list[Version]:
    return [version for version in versions if version.date.startswith(month)]


def event(name: str) -> dict[str, Any]:
    """Return the content of a file of events/."""
    content: dict[str, Any] = json.loads((EVENTS / name).read_text())
    return content


def list_all_versions(bucket: Bucket) -> list[StoredVersion]:
    """Return every version of every file, key by key, oldest first."""
    return [stored for key in bucket.list_keys() for stored in bucket.list_versions(key)]
