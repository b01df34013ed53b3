"""Incorporate files as the function does.  python -m bench.workers.ingest LINES FILES [YEARS]

Rows and receipts go to DynamoDB; the bucket is made up. Several files correct a month each of ten
years, one after the other.
"""

import asyncio
import io
import json
import sys
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.settings import Settings
from adapters.table import Table
from aquasense import datasets
from aquasense.versions import Upload, upload_id
from bench import data
from ingest.incorporate import Ingest


class Bucket:
    """One long file, or the content of each key."""

    def __init__(self, lines: int, years: int, contents: dict[str, bytes]) -> None:
        self._lines, self._years, self._contents = lines, years, contents

    def open(self, upload: Upload) -> Any:
        if upload.key in self._contents:
            return io.BytesIO(self._contents[upload.key])
        return data.Long(self._lines, self._years)


class Receipts:
    """Where receipts go; the last is looked at."""

    def put(self, key: str, body: bytes, content_type: str = "") -> None:
        self.body = body


async def main(lines: int, files: int, years: int = 3) -> None:
    contents = {f"{number}.csv": _month(number) for number in range(files)} if files > 1 else {}
    settings = Settings.from_env()
    known = datasets.load(Decimal("0.5"))
    uploads = [
        Upload(upload_id(key, "v", data.AT, number), key, "v", data.AT, 1)
        for number, key in enumerate(contents or ["long.csv"])
    ]
    begun, wall = time.process_time(), time.perf_counter()
    accepted = 0
    async with Table.open(settings, 25.0) as table:
        limits = replace(settings.limits, size=1 << 40, rows=1 << 40)
        ingest = Ingest(Bucket(lines, years, contents), table, Receipts(), known, limits)  # type: ignore[arg-type]
        for upload in uploads:
            found = await ingest.ingest(upload)
            if found.code:
                sys.exit(f"the file was not incorporated: {found}")
            accepted += found.accepted + found.duplicated
    told = {
        "cpu": time.process_time() - begun,
        "wall": time.perf_counter() - wall,
        "accepted": accepted,
        "peak": _peak(),
    }
    sys.stdout.write(json.dumps(told) + "\n")


def _month(number: int) -> bytes:
    """A month of the ten years that are there already, as a correction."""
    year, month = 2014 + number // 12 % 10, number % 12 + 1
    days = "".join(f"{year}/{month}/{day},15.{number},0.4\n" for day in range(1, 29, 7))
    return data.HEADER + days.encode()


def _peak() -> int:
    """The most memory so far in KB; getrusage would count what the parent had."""
    (line,) = (one for one in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in one)
    return int(line.split()[1])


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
