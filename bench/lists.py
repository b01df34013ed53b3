"""Answers about a whole series: 30 years of readings, weekly and daily."""

import urllib.request

from bench.api import Running, Stub, ours, stub
from bench.processes import worker
from bench.results import Result, ratios

ROUNDS = 5
WEEKLY, DAILY = 7, 1
TARGET = 5.0


def measure() -> list[Result]:
    """Return every row of the table about long answers."""
    requests: dict[int, dict[str, int]] = {}
    for spacing in (WEEKLY, DAILY):
        with stub() as canned:
            canned.set(keep=True)
            cpu = worker("lists", spacing, ROUNDS, env=canned.env)
            with ours(canned, 0) as running:
                requests[spacing] = {
                    path: _count_queries(canned, running, path) for path in ("/datasets", "/months")
                }
    plain = cpu.pop("plain")
    return [
        *(
            Result(
                f"{name}, 30 years daily: CPU / plain JSON", ratios(seconds, plain), TARGET,
                detail={"milliseconds": [round(cpu_time * 1e3, 1) for cpu_time in seconds]},
            )
            for name, seconds in cpu.items()
        ),
        *(
            Result(
                f"requests to DynamoDB: {path}, daily / weekly readings",
                [requests[DAILY][path] / requests[WEEKLY][path]], 1.0,
                detail={"weekly": requests[WEEKLY][path], "daily": requests[DAILY][path]},
            )
            for path in requests[DAILY]
        ),
    ]  # fmt: skip


def _count_queries(canned: Stub, running: Running, path: str) -> int:
    canned.set(keep=True)
    urllib.request.urlopen(f"http://127.0.0.1:{running.port}{path}", timeout=30).close()
    return canned.counts()["Query"]
