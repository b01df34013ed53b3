"""Read a generated file of argv[1] rows, and print the process's peak memory in KB."""

import resource
import sys
from datetime import date, timedelta

from aquasense.csvfile.decode import FileLimits
from aquasense.csvfile.reader import latest_rows, scan_file

FIRST, DAYS = date(1900, 1, 1), 73_000
HEAD = b"Fecha,Medias,Desviaciones\n"


class GeneratedFile:
    """A file that is generated while it is read; dates repeat, and every hundredth row is bad."""

    def __init__(self, rows: int) -> None:
        self._left, self._row, self._rest = rows, 0, HEAD

    def read(self, size: int = -1, /) -> bytes:
        parts, length = [self._rest], len(self._rest)
        while self._left and length < size:
            day = FIRST + timedelta(days=self._row * 7919 % DAYS)
            mean = "x" if self._row % 100 == 99 else f"{self._row % 30}.{self._row}"
            parts.append(b"%d/%d/%d,%s,0.1\n" % (day.year, day.month, day.day, mean.encode()))
            length += len(parts[-1])
            self._row += 1
            self._left -= 1
        taken = b"".join(parts)
        self._rest = taken[size:]
        return taken[:size]


def main() -> None:
    rows = int(sys.argv[1])
    limits = FileLimits(rows=rows + 1, size=1 << 40)
    scan = scan_file(GeneratedFile(rows), limits)
    written = sum(len(batch) for batch in latest_rows(GeneratedFile(rows), limits, scan))
    assert written == scan.accepted <= DAYS
    assert scan.rejected == rows // 100
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # noqa: T201 - the parent process reads it


if __name__ == "__main__":
    main()
