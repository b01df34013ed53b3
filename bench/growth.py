"""Growth: memory with the rows of a file, time with the number of files."""

from typing import Any

from bench.api import stub
from bench.processes import worker
from bench.results import Result, ratios

# A million rows are 42 MB, near the largest file that is accepted.
FEW_ROWS, MANY_ROWS = 1_000, 1_000_000
FEW_FILES, MANY_FILES = 60, 240


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
    ]  # fmt: skip


def _ingest(rows: int, files: int) -> Any:
    with stub() as table:
        table.set(keep=True)
        return worker("ingest", rows, files, env=table.env)
