"""Answer about 30 years and print the CPU time.  python -m bench.workers.lists SPACING ROUNDS

The readings are written first, SPACING days apart.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal

from adapters.config import Config
from adapters.table import Table
from aquasense import datasets
from aquasense.csvfile.lines import Row
from bench import data
from query.http import Request
from query.service import Service

SPAN = {"from": "1951-01", "to": "1980-12"}
FIRST, LAST = date(1951, 1, 1), date(1980, 12, 31)
ANSWERS = [(path, form) for path in ("/readings", "/series") for form in ("json", "csv")]


async def main(spacing: int, rounds: int) -> None:
    async with Table.open(Config.from_env(), 25.0) as table:
        await table.write_rows(data.DATASET, data.UPLOAD, _rows(spacing))
        service = Service(table, datasets.load_datasets(Decimal("0.5")))

        async def answer(path: str, form: str) -> bytes:
            request = Request("GET", path, [*SPAN.items(), ("format", form)])
            response = await service.respond(request, ("*",))
            return b"".join(response.parts())

        jobs: dict[str, Callable[[], Awaitable[bytes]]] = {"plain": lambda: _plain(table)}
        for path, form in ANSWERS:
            jobs[f"{path} as {form}"] = lambda path=path, form=form: answer(path, form)
        cpu: dict[str, list[float]] = {name: [] for name in jobs}
        for _ in range(rounds):
            for name, job in jobs.items():
                begun = time.process_time()
                await job()
                cpu[name].append(time.process_time() - begun)
    sys.stdout.write(json.dumps(cpu) + "\n")


async def _plain(table: Table) -> bytes:
    """Read the same items and encode them as plain dicts."""
    versions = await table.read_all_versions(data.DATASET)
    rows = [
        {"date": version.date, "mean": float(version.mean), "deviation": float(version.deviation),
         "file": version.file, "line": version.line, "upload": version.upload_id}
        for version in versions
    ]  # fmt: skip
    return json.dumps(rows).encode()


async def _rows(spacing: int) -> AsyncIterator[Row]:
    readings = data.daily((LAST - FIRST).days + 1)
    for number, reading in enumerate(readings[::spacing]):
        day = FIRST + timedelta(days=number * spacing)
        yield reading._replace(date=day.isoformat())


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
