"""Ingest files as the function does.  python -m bench.workers.ingest LINES FILES

Rows and receipts go to DynamoDB; the bucket is generated: one file of so many lines, or several
files that each correct a month of the same ten years.
"""

import asyncio
import io
import json
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.config import Config
from adapters.table import Table
from aquasense import datasets
from aquasense.uploads.identity import Upload, build_upload_id
from bench import data
from ingest.ingester import Ingester


class Bucket:
    """One long file, or the content of each key."""

    def __init__(self, lines: int, contents: dict[str, bytes]) -> None:
        self._lines, self._contents = lines, contents

    def open(self, upload: Upload) -> Any:
        if upload.key in self._contents:
            return io.BytesIO(self._contents[upload.key])
        return data.Long(self._lines)


class Receipts:
    """A bucket that drops every receipt."""

    def put(self, key: str, body: bytes, content_type: str = "") -> None:
        pass


async def main(lines: int, files: int) -> None:
    contents = {f"{number}.csv": _month(number) for number in range(files)} if files > 1 else {}
    config = Config.from_env()
    uploads = [
        Upload(build_upload_id(key, "v", data.AT, number), key, "v", data.AT, 1)
        for number, key in enumerate(contents or ["long.csv"])
    ]
    started = time.process_time()
    async with Table.open(config, 25.0) as table:
        ingester = Ingester(
            Bucket(lines, contents),  # type: ignore[arg-type]
            table,
            Receipts(),  # type: ignore[arg-type]
            datasets.load_datasets(Decimal("0.5")),
            config.limits,
        )
        for upload in uploads:
            receipt = await ingester.ingest_upload(upload)
            if receipt.code:
                sys.exit(f"the file was not ingested: {receipt}")
    cpu = time.process_time() - started
    sys.stdout.write(json.dumps({"cpu": cpu, "peak": _peak_memory()}) + "\n")


def _month(number: int) -> bytes:
    """Return a file that corrects a month of the ten years."""
    year, month = 2014 + number // 12 % 10, number % 12 + 1
    days = "".join(f"{year}/{month}/{day},15.{number},0.4\n" for day in range(1, 29, 7))
    return data.HEADER + days.encode()


def _peak_memory() -> int:
    """Return the peak memory in KB. getrusage would include the parent's."""
    status = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line for line in status if "VmHWM" in line)
    return int(peak.split()[1])


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
