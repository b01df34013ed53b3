"""Growth: memory with the rows of a file, time with the number of files."""

import re
from typing import Any

from bench.api import stub
from bench.processes import ROOT, worker
from bench.results import Result, ratios

# A million rows are 42 MB, near the largest file that is accepted.
FEW_ROWS, MANY_ROWS = 1_000, 1_000_000
FEW_FILES, MANY_FILES = 60, 240
YEARS = 201
# Lambda gives a function one CPU for every 1,769 MB of memory.
MEGABYTES_OF_A_CPU = 1769
# Assumed of AWS: the write units a second of one partition (rows of one year follow each other),
# seconds of one request, and bytes a second from S3 to one function.
PARTITION_WRITES, REQUEST, BUCKET_SPEED = 1000, 0.01, 40_000_000


def measure() -> list[Result]:
    few, many = [], []
    for _ in range(3):
        few.append(_ingest(0, FEW_FILES)["cpu"] / FEW_FILES)
        many.append(_ingest(0, MANY_FILES)["cpu"] / MANY_FILES)
    small, large = (_ingest(rows, 1)["peak"] for rows in (FEW_ROWS, MANY_ROWS))
    return [
        Result(
            f"memory: peak, {MANY_ROWS:,} rows / {FEW_ROWS:,}", [large / small], 1.1,
            detail={"kilobytes": {"few": small, "many": large}},
        ),
        Result(
            # Two runs of one job differ by up to a fifth.
            f"time per file: {MANY_FILES} files / {FEW_FILES}", ratios(many, few), 1.25,
            detail={"cpu_milliseconds": {"few": [value * 1e3 for value in few],
                                         "many": [value * 1e3 for value in many]}},
            note="each file corrects a month of the same ten years",
        ),
        _slowest(),
    ]  # fmt: skip


def _slowest() -> Result:
    """Compare the time of the slowest accepted file on Lambda with the function's timeout.

    CPU and waiting are added up, although most of the waiting overlaps with the CPU.
    """
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    function = template[template.index("\n  IngestFunction:") :]
    timeout, memory = (
        int(re.findall(rf"{name}: (\d+)", function)[0]) for name in ("Timeout", "MemorySize")
    )
    with stub() as table:
        table.set(keep=True)
        run = worker("slowest", env=table.env)
    cpu = run["cpu"] / (memory / MEGABYTES_OF_A_CPU)
    waiting = {
        "table": run["rows"] / PARTITION_WRITES,
        "receipt": YEARS * REQUEST,
        "bucket": 2 * run["bytes"] / BUCKET_SPEED,
    }
    seconds = cpu + sum(waiting.values())
    return Result(
        "ingest: slowest file, time / timeout", [seconds / timeout], 0.5,
        detail={"run": run, "cpu_seconds": cpu, "waiting_seconds": waiting, "timeout": timeout},
        note=f"{cpu:.0f} s of CPU at {memory} MB, {sum(waiting.values()):.0f} s of waiting, of "
             f"{timeout} s; {run['lines']:,} lines, {run['rows']:,} dates",
    )  # fmt: skip


def _ingest(rows: int, files: int) -> Any:
    with stub() as table:
        table.set(keep=True)
        return worker("ingest", rows, files, env=table.env)
