"""The page in Chromium: time until its first chart, its requests in a row, and its layout shift.

Over a network as slow as the preset "Fast 3G" of Chromium's DevTools, and over none.
"""

from bench.api import ours, stub
from bench.lists import DAILY
from bench.processes import ROOT, worker
from bench.results import Result

VISITS = 5
# The environment of the tests has Playwright.
PYTHON = ROOT / ".venv" / "bin" / "python"


def measure() -> list[Result]:
    """Return every row of the table about the page."""
    with stub() as table, ours(table) as running:
        slow = worker("page", running.port, "fast-3g", VISITS, python=PYTHON)
        table.set(keep=True)
        worker("lists", DAILY, 0, env=table.env)
        fast = worker("page", running.port, "none", VISITS, python=PYTHON)

    def select(name: str) -> list[float]:
        return [visit[name] for visit in slow]

    return [
        Result("page: first chart, Fast 3G, cold", select("cold"), 2.2, " s",
               detail={"visits": slow}, note="8 years, weekly; 5.4 s at first"),
        Result("page: first chart, Fast 3G, warm", select("warm"), 1.2, " s",
               note="4.8 s at first"),
        Result("page: requests in a row before the first chart", select("in_a_row"), 2, "",
               note="of a cold visit; 6 at first"),
        Result("page: layout shift", select("shift"), 0.05, "",
               note="of a cold visit, 1350 × 940; 0.90 at first"),
        Result("page: first chart, 30 years daily, not throttled",
               [visit["cold"] for visit in fast], 1.0, " s", detail={"visits": fast}),
    ]  # fmt: skip
