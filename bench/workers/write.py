"""Write rows one way and say what it took.  python -m bench.workers.write HOW ITEMS [PATIENCE]"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import AsyncIterator

from adapters import dynamo
from adapters.settings import Settings
from adapters.table import Table
from aquasense.judging import Row
from bench import data


def main() -> None:
    how, count = sys.argv[1], int(sys.argv[2])
    patience = float(sys.argv[3]) if len(sys.argv) > 3 else 25.0
    rows = data.daily(count)
    if how != "ours":
        from bench.peers import writers

        # What is only done once is not measured.
        getattr(writers, how)(rows[:1], data.UPLOAD.id, data.UPLOAD.key)
    else:
        asyncio.run(_ours(rows[:1], patience=0.0))
    cpu, begun = _cpu(), time.perf_counter()
    gave_up = False
    if how == "ours":
        gave_up = asyncio.run(_ours(rows, patience))
    else:
        getattr(writers, how)(rows, data.UPLOAD.id, data.UPLOAD.key)
    seconds = time.perf_counter() - begun
    told = {
        "cpu": (_cpu() - cpu) / count,
        "per_second": count / seconds,
        "seconds": seconds,
        "gave_up": gave_up,
    }
    sys.stdout.write(json.dumps(told) + "\n")


async def _ours(rows: list[Row], patience: float) -> bool:
    async def source() -> AsyncIterator[Row]:
        for row in rows:
            yield row

    async with Table.open(Settings.from_env(), patience) as table:
        try:
            await table.write_rows(data.DATASET, data.UPLOAD, source())
        except dynamo.Unavailable:
            return True
    return False


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
