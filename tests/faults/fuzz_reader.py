"""Coverage-guided fuzzing of the reader; run by test_fuzzed.py in an environment with atheris.

Arguments are libFuzzer's: -max_total_time=…, folders of files to begin with.
"""

import io
import sys

import atheris

from tests.faults.oracle import missed, problem

with atheris.instrument_imports(include=["aquasense"]):
    from aquasense.csvfile.decode import FileLimits, UnreadableFile
    from aquasense.csvfile.lines import Row
    from aquasense.csvfile.reader import latest_rows, parse_file, scan_file

LIMITS = FileLimits(line_length=200, rows=200, size=20_000)


def one(content: bytes) -> None:
    """Whatever is uploaded, it is read right or refused in words."""
    try:
        found = scan_file(io.BytesIO(content), LIMITS)
    except UnreadableFile as why:
        if not (why.code and str(why)):
            raise AssertionError("refused without a reason") from why
        return
    judged = list(parse_file(io.BytesIO(content), LIMITS))
    rows = [item for item in judged if isinstance(item, Row)]
    won = [row for batch in latest_rows(io.BytesIO(content), LIMITS, found) for row in batch]
    assert len({row.date for row in won}) == len(won) == found.accepted
    assert len(rows) == found.accepted + found.duplicated
    assert len(judged) == len(rows) + found.rejected
    told = problem(content, [(row.line, row.date, row.mean, row.deviation) for row in rows])
    assert told is None, told
    passed_over = missed(content, {item.line for item in judged})
    assert passed_over is None, passed_over


def main() -> None:
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
