"""Reading a file beside csv + strptime + Decimal: rows per second of CPU."""

import io
import time
from collections.abc import Callable

from aquasense.csvfile.decode import FileLimits
from aquasense.csvfile.lines import Row
from aquasense.csvfile.reader import parse_file
from bench import data
from bench.peers import parsers
from bench.results import CannotStart, Result, ratios, rounds

ROUNDS = 5
LINES = 200_000


def measure() -> list[Result]:
    content = data.csv(LINES)

    def read_rows() -> int:
        return sum(isinstance(line, Row) for line in parse_file(io.BytesIO(content), FileLimits()))

    ours, peers = rounds(ROUNDS, _rate(read_rows), _rate(lambda: parsers.naive(content)))
    per_second = {"ours": ours, "csv": peers}
    detail = {name: [round(value) for value in values] for name, values in per_second.items()}
    return [
        Result(
            "reader: rows/s / csv + strptime + Decimal", ratios(ours, peers), 3.0, at_least=True,
            detail={"per_second": detail},
        )
    ]  # fmt: skip


def _rate(read_file: Callable[[], int]) -> Callable[[], float]:
    def measured() -> float:
        started = time.process_time()
        count = read_file()
        seconds = time.process_time() - started
        if count != LINES:
            raise CannotStart(f"a reader returned {count} of {LINES} rows")
        return LINES / seconds

    return measured
