"""`make bench`: measure, print the table, write every round to .local/bench.json.

ONLY=reader,startup measures only some parts.
"""

import json
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from bench import api, growth, ingest, lists, page, reader, startup
from bench.processes import FOLDER, ROOT
from bench.results import CannotStart, Result

PARTS: dict[str, Callable[[], list[Result]]] = {
    # First, because it needs a browser.
    "page": page.measure,
    "api": api.measure,
    "ingest": ingest.measure,
    "lists": lists.measure,
    "reader": reader.measure,
    "growth": growth.measure,
    "startup": startup.measure,
}
out, err = Console(), Console(stderr=True)


def main() -> int:
    chosen = [name for name in os.environ.get("ONLY", "").replace(",", " ").split() if name]
    if unknown := set(chosen) - set(PARTS):
        err.print(f"bench: ONLY accepts {', '.join(PARTS)}, not {sorted(unknown)[0]!r}")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    started, load_before = time.monotonic(), os.getloadavg()[0]
    results: list[Result] = []
    for name in chosen or PARTS:
        err.print(f"measuring: {name} …", highlight=False)
        try:
            results += PARTS[name]()
        except CannotStart as error:
            err.print(f"bench: {name}: {error}", markup=False, highlight=False)
            err.print("bench: no table, because it would be incomplete", highlight=False)
            return 1
    seconds, load_after = time.monotonic() - started, os.getloadavg()[0]
    _print(results)
    out.print(
        f"{sum(result.met for result in results)} of {len(results)} targets met; {seconds:.0f} s; "
        f"{os.cpu_count()} cores, load average {load_before:.1f} before, {load_after:.1f} after"
        + (f"; only {', '.join(chosen)}" if chosen else ""),
        highlight=False,
    )
    file = ROOT / ".local" / "bench.json"
    run = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(),
                    "load_before": load_before, "load_after": load_after},
        "seconds": round(seconds),
        "only": chosen,
        "results": [result.json() for result in results],
    }  # fmt: skip
    file.write_text(json.dumps(run, indent=1))
    out.print(f"all rounds: {file.relative_to(ROOT)}", highlight=False)
    return 0


def _print(results: list[Result]) -> None:
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("what", no_wrap=True)
    for name in ("median", "spread", "target"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for result in results:
        table.add_row(
            result.name,
            _number(result.value, result.unit),
            f"{_number(min(result.values), '')} – {_number(max(result.values), '')}",
            f"{'≥' if result.at_least else '≤'} {_number(result.target, result.unit)}",
            "met" if result.met else "[bold red]MISSED[/]",
        )
    # A file or a pipe gets whole lines, not lines wrapped at 80 columns.
    wide = out if out.is_terminal else Console(width=150)
    wide.print(table)
    for result in results:
        if result.note:
            wide.print(f"  {result.name}: {result.note}", highlight=False, markup=False)


def _number(value: float, unit: str) -> str:
    text = f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return f"{text}{unit}" if unit.startswith(" ") or not unit else f"{text} {unit}"


if __name__ == "__main__":
    sys.exit(main())
