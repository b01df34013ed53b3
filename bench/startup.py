"""Cold start: import of each handler beside a function as tutorials write it."""

import subprocess
import sys
import time

from bench.processes import BASE, ROOT
from bench.results import CannotStart, Result, ratios

ROUNDS = 7
# ingest needs the S3 client at every invocation, so it is made at import.
TARGETS = {"ingest": 0.7, "notify": 0.45, "query": 0.45, "watch": 0.45}


def measure() -> list[Result]:
    modules = {name: f"{name}.handler" for name in TARGETS} | {"naive": "bench.peers.naive_handler"}
    seconds: dict[str, list[float]] = {name: [] for name in modules}
    # The first round compiles; it is not counted.
    for counted in (False, *[True] * ROUNDS):
        for name, module in modules.items():
            elapsed = _import(module)
            if counted:
                seconds[name].append(elapsed)
    detail = {name: [round(value * 1e3, 1) for value in values] for name, values in seconds.items()}
    return [
        Result(
            f"cold start: import of {name} / naive", ratios(seconds[name], seconds["naive"]),
            target, detail={"milliseconds": detail},
        )
        for name, target in TARGETS.items()
    ]  # fmt: skip


def _import(module: str) -> float:
    started = time.perf_counter()
    process = subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        env=BASE, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if process.returncode != 0:
        raise CannotStart(f"import {module}: {process.stderr.strip().splitlines()[-1]}")
    return time.perf_counter() - started
