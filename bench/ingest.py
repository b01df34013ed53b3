"""Writing items beside boto3's batch_writer: CPU per item."""

from bench.api import stub
from bench.processes import worker
from bench.results import Result, ratios

ROUNDS = 5
ITEMS = {"ours": 50_000, "batch_writer": 5_000}


def measure() -> list[Result]:
    cpu: dict[str, list[float]] = {name: [] for name in ITEMS}
    with stub() as table:
        for _ in range(ROUNDS):
            for name, count in ITEMS.items():
                cpu[name].append(worker("write", name, count, env=table.env)["cpu"])
    micro = {name: [round(value * 1e6, 1) for value in values] for name, values in cpu.items()}
    return [
        Result(
            "ingest: CPU per item / batch_writer", ratios(cpu["ours"], cpu["batch_writer"]),
            0.25, detail={"cpu_microseconds": micro},
        )
    ]  # fmt: skip
