"""Measure what the quality tests catch, and write the table of docs/quality.md: `make quality`."""

import io
import math
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path

from aquasense import datasets
from aquasense.csvfile.decode import FileLimits
from aquasense.csvfile.lines import Row
from aquasense.csvfile.reader import latest_rows, scan_file
from aquasense.datasets import Dataset
from aquasense.quality.counts import share_of_false_alarms
from aquasense.quality.proposal import propose_limits
from aquasense.quality.trials import MISTAKES, shares_caught
from aquasense.readings.versions import Version
from aquasense.uploads.identity import Upload
from cli.console import out
from tools.tables import DOCS, format_table, replace_table

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "events" / "temperatura_1.csv"
UPLOAD_ID = "20261123T061648.650Z-0000-1a2b3c4d5e6f"
WEEKS, FIRST_DAY = 522, date(2014, 1, 3)
# Tests that earlier releases did not have.
NEW_TESTS = ("flat_line", "repeat")
FALSE_ALARMS = "good readings flagged"


def main() -> None:
    """Write the table."""
    page = DOCS / "quality.md"
    text = page.read_text(encoding="utf-8")
    updated = replace_table(text, "share caught", make_table())
    page.write_text(updated, encoding="utf-8")
    out.print(f"{page.name} {'written' if updated != text else 'is up to date'}", markup=False)


def make_table() -> str:
    """Return the shares of both series as a Markdown table."""
    dataset = datasets.load_datasets(Decimal("0.5")).default
    columns = [*measure(sample_series(), dataset), *measure(made_up_series(), dataset)]
    header = ["", *("sample: " + name for name in ("before", "today", "proposed"))]
    header += ["ten years: " + name for name in ("before", "today", "proposed")]
    rows = (
        [name, *(f"{column[name]:.1%}" if name in column else "" for column in columns)]
        for name in (*MISTAKES, FALSE_ALARMS)
    )
    return format_table(header, rows)


def measure(readings: Sequence[Version], dataset: Dataset) -> list[dict[str, float]]:
    """Return the shares without the new tests, with them, and with the proposed limits."""
    proposed = propose_limits(readings, dataset.limits)
    return [
        shares_caught(readings, dataset, limits, without)
        | {FALSE_ALARMS: share_of_false_alarms(readings, limits, without)}
        for limits, without in (
            (dataset.limits, NEW_TESTS),
            (dataset.limits, ()),
            (proposed, ()),
        )
    ]


def sample_series() -> list[Version]:
    """Return the readings of the sample file."""
    content = SAMPLE.read_bytes()
    limits = FileLimits()
    scan = scan_file(io.BytesIO(content), limits)
    rows = chain.from_iterable(latest_rows(io.BytesIO(content), limits, scan))
    upload = Upload(UPLOAD_ID, SAMPLE.name, "", datetime.min, len(content))
    return [row.stored(upload) for row in rows if isinstance(row, Row)]


def made_up_series(seed: int = 1) -> list[Version]:
    """Return ten years of weekly readings: a season, and weather that lasts some weeks.

    The neighbours of a reading differ from it about as much as in the sample.
    """
    chance = random.Random(seed)
    weather = 0.0
    readings = []
    for week in range(WEEKS):
        day = FIRST_DAY + timedelta(weeks=week)
        weather = 0.6 * weather + chance.gauss(0, 0.8)
        season = -8.5 * math.cos(2 * math.pi * (day.timetuple().tm_yday - 25) / 365.25)
        deviation = math.exp(chance.gauss(-1.4, 0.45))
        readings.append(
            Version(
                day.isoformat(),
                UPLOAD_ID,
                repr(19.5 + season + weather),
                repr(deviation),
                week + 2,
                "made up",
            )
        )
    return readings


if __name__ == "__main__":
    main()
