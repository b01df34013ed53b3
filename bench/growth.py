"""What grows with what: memory and time with rows and files, a figure with the table."""

import random
import re
import sqlite3
from datetime import date, timedelta
from pathlib import Path

from bench import data
from bench.api import ALL, ours, stub
from bench.load import load
from bench.processes import FOLDER, ROOT, worker
from bench.results import Result, ratios
from bench.simulation import simulate

FEW, MANY, MOST = 1_000, 1_000_000, 10_000_000
FILES = 60
# Time is linear where a row, or a file, costs no more in the larger job than this times what it
# costs in the smaller one: the rest is what two runs differ by.
LINEAR = 1.25
YEARS = 201
MEGABYTES_OF_A_CPU = 1769
# Assumed of AWS: seconds of one request, and bytes a second of S3 to one function.
REQUEST, BUCKET_SPEED = 0.01, 40_000_000


def measure() -> list[Result]:
    """Every row of the table about growth."""
    return [*_rows(), _files(), _slowest(), _figure()]


def _rows() -> list[Result]:
    runs = {}
    for lines in (FEW, MANY, MOST):
        with stub() as canned:
            canned.set(keep=True)
            runs[lines] = worker("ingest", lines, 1, env=canned.env)
    with stub() as canned:
        canned.set(keep=True)
        wide = worker("ingest", MANY, 1, 200, env=canned.env)["peak"]
    each = {lines: run["cpu"] / lines for lines, run in runs.items()}
    return [
        Result(
            "memory: peak, 10,000,000 rows / 1,000", [runs[MOST]["peak"] / runs[FEW]["peak"]], 1.1,
            detail={"kilobytes": {str(lines): run["peak"] for lines, run in runs.items()}},
        ),
        Result(
            "memory: peak, 1,000,000 rows over 200 years", [wide / runs[FEW]["peak"]], None,
            note="a receipt lists the months a file touches: more calendar, not more rows",
        ),
        Result(
            "time per row: 10,000,000 rows / 1,000,000", [each[MOST] / each[MANY]], LINEAR,
            detail={"seconds": {str(lines): run["wall"] for lines, run in runs.items()},
                    "cpu_microseconds_per_row": {str(n): one * 1e6 for n, one in each.items()}},
        ),
    ]  # fmt: skip


def _files() -> Result:
    few, many = [], []
    for _ in range(3):
        for times, count in ((few, FILES), (many, 4 * FILES)):
            with stub() as canned:
                canned.set(keep=True)
                times.append(worker("ingest", 0, count, env=canned.env)["cpu"] / count)
    return Result(
        f"time per file: {4 * FILES} files / {FILES}", ratios(many, few), LINEAR,
        detail={"cpu_milliseconds_per_file": {"few": [one * 1e3 for one in few],
                                              "many": [one * 1e3 for one in many]}},
        note="each corrects a month of the same years; its receipt reads the dataset once",
    )  # fmt: skip


def _slowest() -> Result:
    """The slowest file within the limits: its time on Lambda, as a share of the timeout.

    Lambda gives a function a CPU for every 1,769 MB. Waiting for the table is simulated, in the
    order of the file; both are added up, although most of the waiting overlaps with the CPU.
    """
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    function = template[template.index("\n  IngestFunction:") :]
    timeout, memory = (
        int(re.findall(rf"{name}: (\d+)", function)[0]) for name in ("Timeout", "MemorySize")
    )
    with stub() as canned:
        canned.set(keep=True)
        run = worker("slowest", env=canned.env)
    cpu = run["cpu"] / (memory / MEGABYTES_OF_A_CPU)
    rate, _ = simulate(YEARS, run["rows"])
    waiting = {
        "table": run["rows"] / rate,
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


def _figure() -> Result:
    """A figure from a real B-tree of a thousand rows and of ten million."""
    costs: dict[int, list[float]] = {}
    requests = {}
    files = {count: FOLDER / f"rows-{count}.sqlite" for count in (FEW, MOST)}
    try:
        for count, file in files.items():
            _fill(file, count)
        with (
            stub(str(files[FEW])) as small,
            stub(str(files[MOST])) as large,
            ours(small, 0) as of_small,
            ours(large, 0) as of_large,
        ):
            both = ((FEW, small, of_small), (MOST, large, of_large))
            for _, _, one in both:
                load(one.port, one.pid, ALL, 300)
            for _ in range(5):
                for count, canned, one in both:
                    canned.set()
                    taken = load(one.port, one.pid, ALL, 1000)
                    costs.setdefault(count, []).append(taken.cpu)
                    requests[count] = canned.counts()["Query"] / 1000
    finally:
        for file in files.values():
            file.unlink(missing_ok=True)
    return Result(
        "a figure: CPU, table of 10,000,000 rows / 1,000", ratios(costs[MOST], costs[FEW]), 1.1,
        detail={"requests": {str(count): one for count, one in requests.items()},
                "cpu_microseconds": {str(n): [v * 1e6 for v in vs] for n, vs in costs.items()}},
        note="the requests and the rows they give are the same to the last",
    )  # fmt: skip


def _fill(file: Path, count: int) -> None:
    """The weekly series, and other series until there are so many rows."""
    file.unlink(missing_ok=True)
    base = sqlite3.connect(file)
    base.execute("PRAGMA journal_mode = OFF")
    base.execute("PRAGMA synchronous = OFF")
    base.execute(
        "CREATE TABLE rows (pk TEXT, sk TEXT, item TEXT, PRIMARY KEY (pk, sk)) WITHOUT ROWID"
    )
    own = [(pk, sk, item) for pk, rows in data.partitions().items() for sk, item in rows]
    base.executemany("INSERT INTO rows VALUES (?, ?, ?)", own)
    chance = random.Random(7)
    first, days = date(2000, 1, 1), 3650
    dates = [(first + timedelta(days=number)).isoformat() for number in range(days)]
    rest, number = max(0, count - len(own)), 0
    while rest > 0:
        name = f"station{number:05}.temperature"
        taken = dates[: min(rest, days)]
        item = f'{{"mean":{{"S":"{chance.uniform(10, 30)!r}"}}}}'
        base.executemany(
            "INSERT INTO rows VALUES (?, ?, ?)",
            ((f"{name}#{day[:4]}", f"{day}#{data.UPLOAD.id}", item) for day in taken),
        )
        rest, number = rest - len(taken), number + 1
    base.commit()
    base.close()
