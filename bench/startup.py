"""What a cold start imports, beside a function as tutorials write it."""

import subprocess
import sys
import time

from bench.processes import BASE, ROOT
from bench.results import CannotStart, Result, ratios

ROUNDS = 7
HANDLERS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))


def measure() -> list[Result]:
    """Import of each handler, clients included, over that of a naive one."""
    modules = {name: f"{name}.handler" for name in HANDLERS} | {
        "naive": "bench.peers.naive_handler"
    }
    seconds: dict[str, list[float]] = {name: [] for name in modules}
    # The first round compiles; it is not counted.
    for counted in (False, *[True] * ROUNDS):
        for name, module in modules.items():
            taken = _import(module)
            if counted:
                seconds[name].append(taken)
    detail = {name: [round(one * 1e3, 1) for one in values] for name, values in seconds.items()}
    return [
        Result(
            f"cold start: import of {name} / naive", ratios(seconds[name], seconds["naive"]), 0.4,
            stretch=0.15, detail={"milliseconds": detail},
        )
        for name in HANDLERS
    ]  # fmt: skip


def _import(module: str) -> float:
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        env=BASE, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise CannotStart(f"import {module}: {done.stderr.strip().splitlines()[-1]}")
    return time.perf_counter() - begun
