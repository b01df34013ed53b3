"""Writing beside put_item and batch_writer: what an item costs, how fast, and how politely."""

import subprocess
import sys
import time

from bench.api import Stub, stub
from bench.processes import BASE, ROOT, worker
from bench.results import CannotStart, Result, ratios

ROUNDS = 5
ITEMS = {"ours": 50_000, "batch_writer": 5_000, "put_item": 500}
# At 10 ms each, so that every way takes a second or two.
SLOW_ITEMS = {"ours": 50_000, "batch_writer": 2_500}
LATENCY = 0.01
# Everything stays unprocessed: how long batch_writer is let, and our patience beside it. The
# function's own is 25 s, of 120 s.
WINDOW = 5.0


def measure() -> list[Result]:
    """Every row of the table that is about writing."""
    with stub() as canned:
        cpu: dict[str, list[float]] = {name: [] for name in ITEMS}
        rate: dict[str, list[float]] = {name: [] for name in SLOW_ITEMS}
        for _ in range(ROUNDS):
            canned.set()
            for name, count in ITEMS.items():
                cpu[name].append(worker("write", name, count, env=canned.env)["cpu"])
            canned.set(latency=LATENCY)
            for name, count in SLOW_ITEMS.items():
                rate[name].append(worker("write", name, count, env=canned.env)["per_second"])
        requests, seconds, whole = _unprocessed(canned)
    micro = {name: [round(one * 1e6, 1) for one in values] for name, values in cpu.items()}
    return [
        Result(
            "ingest: CPU per item / batch_writer", ratios(cpu["ours"], cpu["batch_writer"]),
            0.25, stretch=0.15, detail={"cpu_microseconds": micro},
        ),
        Result(
            "ingest: CPU per item / put_item (peer)", ratios(cpu["ours"], cpu["put_item"]), None
        ),
        Result(
            "ingest at 10 ms: items/s / batch_writer", ratios(rate["ours"], rate["batch_writer"]),
            15.0, at_least=True, stretch=30.0,
            detail={"per_second": {n: [round(v) for v in vs] for n, vs in rate.items()}},
        ),
        Result(
            "all unprocessed: requests / batch_writer", [requests * 100], 3.0, "%",
            detail={"seconds": WINDOW},
        ),
        Result(
            "all unprocessed: seconds until it gives up", [seconds], 60.0, " s",
            detail={"timeout": 120, "items": whole},
            note="the function is stopped after 120 s",
        ),
    ]  # fmt: skip


def _unprocessed(canned: Stub) -> tuple[float, float, int]:
    """Our requests over batch_writer's in the same time; seconds until we give up; items."""
    items = 1_000
    canned.set(unprocessed=True)
    command = [sys.executable, "-m", "bench.workers.write", "batch_writer", str(items)]
    endless = subprocess.Popen(command, env={**BASE, **canned.env}, cwd=ROOT)
    try:
        while not canned.counts():
            time.sleep(0.05)
            if endless.poll() is not None:
                raise CannotStart("batch_writer ended although nothing was taken")
        canned.set(unprocessed=True)
        time.sleep(WINDOW)
        theirs = canned.counts()["BatchWriteItem"]
    finally:
        endless.kill()
        endless.wait()
    canned.set(unprocessed=True)
    told = worker("write", "ours", items, WINDOW, env=canned.env)
    ours = canned.counts()["BatchWriteItem"]
    if not told["gave_up"]:
        raise CannotStart("ours did not give up although nothing was taken")
    patient = worker("write", "ours", items, 25, env=canned.env)
    return ours / theirs, patient["seconds"], items
