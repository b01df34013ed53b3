"""Fuzz the reader, guided by coverage; test_fuzzed.py runs this in an environment with atheris.

The arguments are libFuzzer's: -max_total_time=…, folders of the corpus.
"""

import io
import sys

import atheris

from tests.faults.oracle import find_missing_line, find_wrong_row

with atheris.instrument_imports(include=["aquasense"]):
    from aquasense.csvfile.decode import FileLimits, UnreadableFile
    from aquasense.csvfile.lines import Row, SerialDate
    from aquasense.csvfile.reader import latest_rows, parse_file, scan_file

LIMITS = FileLimits(line_length=200, rows=200, size=20_000)


def check_file(content: bytes) -> None:
    """Read a file, and compare its rows with the oracle's; a rejected file must have a reason."""
    try:
        scan = scan_file(io.BytesIO(content), LIMITS)
    except UnreadableFile as error:
        if not (error.code and str(error)):
            raise AssertionError("rejected without a reason") from error
        return
    lines = list(parse_file(io.BytesIO(content), LIMITS))
    if scan.serials:
        lines = [line.row if isinstance(line, SerialDate) else line for line in lines]
    rows = [line for line in lines if isinstance(line, Row)]
    latest = [row for batch in latest_rows(io.BytesIO(content), LIMITS, scan) for row in batch]
    assert len({row.date for row in latest}) == len(latest) == scan.accepted
    assert len(rows) == scan.accepted + scan.duplicated
    assert len(lines) == len(rows) + scan.rejected
    error = find_wrong_row(content, [(row.line, row.date, row.mean, row.deviation) for row in rows])
    assert error is None, error
    missing = find_missing_line(content, {line.line for line in lines})
    assert missing is None, missing


def main() -> None:
    atheris.Setup(sys.argv, check_file)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
