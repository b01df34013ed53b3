"""Write rows and print the CPU time per row.

python -m bench.workers.write ours|batch_writer ROWS
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator

from adapters.config import Config
from adapters.table import Table
from aquasense.csvfile.lines import Row
from bench import data
from bench.peers import writers


def main() -> None:
    write = {"ours": _ours, "batch_writer": _batch_writer}[sys.argv[1]]
    rows = data.daily(int(sys.argv[2]))
    # What happens only once per process is not measured.
    write(rows[:1])
    started = time.process_time()
    write(rows)
    cpu = (time.process_time() - started) / len(rows)
    sys.stdout.write(json.dumps({"cpu": cpu}) + "\n")


def _batch_writer(rows: list[Row]) -> None:
    writers.batch_writer(rows, data.UPLOAD.id, data.UPLOAD.key)


def _ours(rows: list[Row]) -> None:
    async def source() -> AsyncIterator[Row]:
        for row in rows:
            yield row

    async def write() -> None:
        async with Table.open(Config.from_env(), 25.0) as table:
            await table.write_rows(data.DATASET, data.UPLOAD, source())

    asyncio.run(write())


if __name__ == "__main__":
    main()
