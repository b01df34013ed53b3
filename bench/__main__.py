"""`make bench`: measure, print the table, keep it in .local/bench.json.

ONLY=reader,startup measures only some parts, and says so.
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

from bench import api, growth, ingest, lists, reader, simulation, sizes, startup
from bench.processes import FOLDER, ROOT
from bench.results import KNOWN, MISSED, CannotStart, Result

PARTS: dict[str, Callable[[], list[Result]]] = {
    "api": api.measure,
    "ingest": ingest.measure,
    "lists": lists.measure,
    "reader": reader.measure,
    "growth": growth.measure,
    "startup": startup.measure,
    "sizes": sizes.measure,
    "simulation": simulation.measure,
}
out, err = Console(), Console(stderr=True)


def main() -> int:
    chosen = [name for name in os.environ.get("ONLY", "").replace(",", " ").split() if name]
    if unknown := set(chosen) - set(PARTS):
        err.print(f"bench: ONLY is some of {', '.join(PARTS)}, not {sorted(unknown)[0]!r}")
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    begun, before = time.monotonic(), os.getloadavg()
    results: list[Result] = []
    for name, measure in PARTS.items():
        if chosen and name not in chosen:
            continue
        err.print(f"measuring: {name} …", highlight=False)
        try:
            results += measure()
        except CannotStart as error:
            err.print(f"bench: {name}: {error}", markup=False, highlight=False)
            err.print("bench: no table, because it would have a hole", highlight=False)
            return 1
    seconds = time.monotonic() - begun
    _print(results)
    missed = [one for one in results if one.verdict == MISSED]
    measured = sum(one.verdict != KNOWN for one in results)
    load = f"load average {before[0]:.1f} before, {os.getloadavg()[0]:.1f} after"
    out.print(
        f"{measured - len(missed)} of {measured} targets met; {seconds:.0f} s; "
        f"{os.cpu_count()} cores, {load}" + (f"; only {', '.join(chosen)}" if chosen else ""),
        highlight=False,
    )
    kept = ROOT / ".local" / "bench.json"
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(),
                    "load_before": before[0], "load_after": os.getloadavg()[0]},
        "seconds": round(seconds),
        "only": chosen,
    }  # fmt: skip
    kept.write_text(json.dumps(about | {"results": [one.json() for one in results]}, indent=1))
    out.print(f"the rounds behind it: {kept.relative_to(ROOT)}", highlight=False)
    return 0


def _print(results: list[Result]) -> None:
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("what", no_wrap=True)
    for name in ("median", "spread", "target", "stretch"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for one in results:
        sign = "≥" if one.at_least else "≤"
        table.add_row(
            one.name,
            _number(one.value, one.unit),
            f"{_number(min(one.values), '')} – {_number(max(one.values), '')}",
            "" if one.target is None else f"{sign} {_number(one.target, one.unit)}",
            "" if one.stretch is None else f"{sign} {_number(one.stretch, one.unit)}",
            f"[bold red]{one.verdict}[/]" if one.verdict == MISSED else one.verdict,
        )
    # A file or a pipe gets whole lines, whatever the width of a terminal that is not there.
    wide = out if out.is_terminal else Console(width=150)
    wide.print(table)
    for one in results:
        if one.note:
            wide.print(f"  {one.name}: {one.note}", highlight=False, markup=False)


def _number(value: float, unit: str) -> str:
    text = f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
    return f"{text}{unit}" if unit.startswith(" ") or not unit else f"{text} {unit}"


if __name__ == "__main__":
    sys.exit(main())
