"""Generate the same readings at every run: as items, as rows, as files."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from math import cos, pi

from aquasense.csvfile.lines import Row
from aquasense.uploads.identity import Upload, build_upload_id

DATASET = "marmenor.temperature"
YEARS = range(2016, 2024)
AT = datetime(2026, 11, 23, 6, 16, 48, 650_000, tzinfo=UTC)
UPLOAD = Upload(build_upload_id("serie.csv", "v1", AT, 0), "serie.csv", "v1", AT, 1000)
HEADER = b"Fecha,Medias,Desviaciones\n"


def weekly(years: range = YEARS) -> Iterator[Row]:
    """Generate a reading a week, with as many digits as real ones."""
    chance = random.Random(7)
    day, line = date(years[0], 1, 4), 2
    while day.year in years:
        season = 20 - 8 * cos(2 * pi * (day.timetuple().tm_yday - 30) / 365)
        mean, deviation = chance.gauss(season, 0.3), chance.uniform(0, 0.6)
        yield Row(line, day.isoformat(), repr(mean), repr(deviation))
        day, line = day + timedelta(days=7), line + 1


def partitions() -> dict[str, list[tuple[str, str]]]:
    """Return the weekly series by partition, as pairs of sort key and DynamoDB JSON."""
    items: dict[str, list[tuple[str, str]]] = {}
    for row in weekly():
        sk = f"{row.date}#{UPLOAD.id}"
        item = {
            "pk": {"S": f"{DATASET}#{row.date[:4]}"},
            "sk": {"S": sk},
            "mean": {"S": row.mean},
            "deviation": {"S": row.deviation},
            "line": {"N": str(row.line)},
            "file": {"S": UPLOAD.key},
        }
        items.setdefault(item["pk"]["S"], []).append((sk, json.dumps(item)))
        month = {"pk": {"S": f"{DATASET}#months"}, "sk": {"S": row.date[:7]}}
        months = items.setdefault(f"{DATASET}#months", [])
        if not months or months[-1][0] != row.date[:7]:
            months.append((row.date[:7], json.dumps(month)))
    return items


def daily(count: int) -> list[Row]:
    """Return a reading a day from 1901 on, for at most two centuries."""
    chance = random.Random(7)
    first = date(1901, 1, 1)
    return [
        Row(
            number + 2,
            (first + timedelta(days=number)).isoformat(),
            repr(chance.uniform(10, 30)),
            repr(chance.uniform(0, 0.6)),
        )
        for number in range(count)
    ]


def csv(count: int) -> bytes:
    """Return a file of so many lines, twenty for each day."""
    chance = random.Random(7)
    first = date(1990, 1, 1)
    lines = [
        f"{day.year}/{day.month}/{day.day},{chance.uniform(10, 30)!r},{chance.uniform(0, 0.6)!r}\n"
        for day in (first + timedelta(days=number // 20) for number in range(count))
    ]
    return HEADER + "".join(lines).encode()


class Long:
    """A file of any number of lines, generated while it is read.

    It repeats the days of so many years.
    """

    def __init__(self, lines: int, years: int = 3) -> None:
        self._days = list(_blocks(years))
        self._left, self._buffer, self._next = lines, HEADER, 0

    def read(self, size: int = -1, /) -> bytes:
        while len(self._buffer) < size and self._left:
            block = self._days[self._next % len(self._days)]
            count = block.count(b"\n")
            if count > self._left:
                block = b"".join(block.splitlines(keepends=True)[: self._left])
                count = self._left
            self._buffer += block
            self._left -= count
            self._next += 1
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken


def _blocks(years: int) -> Iterator[bytes]:
    """Generate a block of lines for each year, from 1901 on."""
    for year in range(1901, 1901 + years):
        days = (date(year, 1, 1) + timedelta(days=number) for number in range(365))
        yield b"".join(
            b"%d/%d/%d,15.%012d,0.4%012d\n" % (day.year, day.month, day.day, year, day.toordinal())
            for day in days
        )
