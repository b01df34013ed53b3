"""Reading beside csv + strptime + Decimal, and beside polars."""

import io
import time
from collections.abc import Callable
from decimal import Decimal

from aquasense.decoding import FileLimits
from aquasense.judging import Row
from aquasense.reader import latest_rows, parse_file, scan_file
from bench import corpus, data
from bench.peers import parsers
from bench.results import CannotStart, Result, ratios, rounds

ROUNDS = 5
LINES = 200_000
LIMITS = FileLimits()


def measure() -> list[Result]:
    """Every row of the table that is about reading."""
    content = data.csv(LINES)

    def ours() -> int:
        return sum(isinstance(one, Row) for one in parse_file(io.BytesIO(content), LIMITS))

    def twice() -> int:
        found = scan_file(io.BytesIO(content), LIMITS)
        sum(map(len, latest_rows(io.BytesIO(content), LIMITS, found)))
        return found.accepted + found.duplicated

    one, both, theirs, columns = rounds(
        ROUNDS,
        *(
            _rate(how)
            for how in (
                ours,
                twice,
                lambda: parsers.naive(content),
                lambda: parsers.with_polars(content),
            )
        ),
    )
    lines, differing = _verdicts()
    per_second = {"ours": one, "ours, both passes": both, "csv": theirs, "polars": columns}
    detail = {name: [round(value) for value in values] for name, values in per_second.items()}
    return [
        Result(
            "reader: rows/s / csv + strptime + Decimal", ratios(one, theirs), 3.0, at_least=True,
            detail={"per_second": detail},
        ),
        Result("reader, both passes: rows/s / csv + … (peer)", ratios(both, theirs), None),
        Result("reader: rows/s / polars (peer)", ratios(one, columns), None,
               note="polars answers null or a rounded double where the reader gives a reason"),
        Result(
            f"reader: verdicts that differ, of {lines:,} lines", [differing], 0, "",
            note="beside csv + strptime + Decimal with every known trap closed by hand",
        ),
    ]  # fmt: skip


def _rate(how: Callable[[], int]) -> Callable[[], float]:
    def measured() -> float:
        begun = time.process_time()
        count = how()
        seconds = time.process_time() - begun
        if count != LINES:
            raise CannotStart(f"a reader found {count} of {LINES} rows")
        return LINES / seconds

    return measured


def _verdicts() -> tuple[int, int]:
    """How many lines were judged, and how many differently."""
    lines = corpus.lines()
    content = b"Fecha,Medias,Desviaciones\n" + "\n".join(lines).encode() + b"\n"
    found = {one.line: one for one in parse_file(io.BytesIO(content), LIMITS)}
    differing = 0
    for number, line in enumerate(lines, start=2):
        one = found.get(number)
        ours = (
            (one.date, Decimal(one.mean), Decimal(one.deviation)) if isinstance(one, Row) else None
        )
        differing += ours != parsers.verdict(line)
    return len(lines), differing
