"""Ingest the slowest file within the limits; print its CPU seconds.

Every line is parsed field by field (day first, decimal commas, quotes); every other line has a
letter in Latin-1, as many as are decoded one by one; the last lines have every date there is.
"""

import asyncio
import gzip
import io
import json
import sys
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

from adapters.config import Config
from adapters.table import Table
from aquasense import datasets
from aquasense.csvfile.decode import FileLimits
from aquasense.dates import FIRST_DAY, LAST_DAY
from aquasense.uploads.identity import Upload
from bench import data
from bench.workers.ingest import Receipts
from ingest.ingester import Ingester

HEADER = b"Fecha;Medias;Desviaciones;Notas\n"


class Bucket:
    """A bucket with one file."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def open(self, upload: Upload) -> Any:
        return io.BytesIO(self._content)


def slowest_file(limits: FileLimits) -> bytes:
    """Return the content: the years again and again, in the order of the calendar."""
    days = (LAST_DAY - FIRST_DAY).days + 1
    lines = []
    for number in range(days):
        day = FIRST_DAY + timedelta(days=number)
        note = b"\xf1" if number % 2 else b"n"
        date = b"%02d/%02d/%d" % (day.day, day.month, day.year)
        lines.append(b'"%s";"15,%06d";"0,4%05d";"%s"\n' % (date, number, number, note))
    whole = b"".join(lines)
    room = limits.size - len(HEADER)
    times, rest = divmod(room, len(whole))
    # The incomplete round first, so that the last round is the one whose rows are written.
    start = len(lines) - rest * len(lines) // len(whole) + 1
    count = times * len(lines) + len(lines) - start + 1
    surplus = max(0, count - limits.rows)
    return HEADER + (b"".join(lines[start:]) + whole * times)[surplus * len(lines[0]) :]


async def main() -> None:
    config = Config.from_env()
    content = slowest_file(config.limits)
    lines, size = content.count(b"\n"), len(content)
    archive = gzip.compress(content, 1)
    del content
    table_datasets = datasets.load_datasets(Decimal("0.5"))
    begun = time.process_time()
    async with Table.open(config, 25.0) as table:
        bucket: Any = Bucket(archive)
        receipts: Any = Receipts()
        ingester = Ingester(bucket, table, receipts, table_datasets, config.limits)
        receipt = await ingester.ingest_upload(data.UPLOAD)
    if receipt.code:
        sys.exit(f"the file was rejected: {receipt.reason}")
    outcome = {
        "cpu": time.process_time() - begun,
        "lines": lines,
        "bytes": size,
        "rows": receipt.accepted,
    }
    sys.stdout.write(json.dumps(outcome) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
