"""Which files a person means, and what became of each."""

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.markup import escape

from aquasense import datasets
from aquasense.definitions import FIGURES
from tools import files
from tools.console import Failure, err, out
from tools.files import Chosen

SHOWN_MONTHS, SHOWN_FLAGS = 12, 20


def left_out(chosen: Chosen) -> None:
    """Name every file that was passed over, and why: none is left out without a word."""
    for path, reason in chosen.left_out:
        err.print(f"[yellow]left out[/]      {escape(str(path))}: {escape(reason)}")


def asked_for(verb: str) -> tuple[list[tuple[Path, str]], str]:
    """The files that FILES and DATASET of the environment mean, each with its key, and DATASET.

    What is passed over is named.

    Raises:
        Failure: there are none, or they cannot be put there as they are.
    """
    dataset = os.environ.get("DATASET", "").strip("/")
    found = meant(os.environ.get("FILES", ""), dataset)
    if not found:
        raise Failure(f'Say what to {verb}: make {verb} FILES="a.csv folder"', 2)
    return found, dataset


def meant(text: str, dataset: str = "") -> list[tuple[Path, str]]:
    """The files a list means, each with its key in the dataset; what is passed over is named.

    Raises:
        Failure: something named is not there, or two files would have one key.
    """
    known = datasets.load(Decimal(0))
    chosen = files.named(text, known.by_name, dataset or known.default.name)
    left_out(chosen)
    return files.keyed(chosen.files, dataset)


def show(name: str, receipt: dict[str, Any], *, dry: bool = False) -> None:
    """Print a receipt: the counts, the rejected lines, what looks wrong, the months it changed.

    Args:
        name: of the file as the person knows it.
        receipt: as aquasense.answers.receipt gives it.
        dry: whether it tells what would become of a file that is not uploaded, which has no id.
    """
    if receipt["status"] == "rejected":
        out.print(f"[red]rejected[/]      {escape(name)}: {escape(receipt['reason'])} "
                  f"({receipt['code']})")  # fmt: skip
        return
    span = f", {receipt['first']} to {receipt['last']}" if receipt["first"] else ""
    counts = ", ".join(
        f"{receipt[count]} {count}"
        for count in ("accepted", "new", "changed", "unchanged", "superseded", "duplicated",
                      "rejected")
        if count in receipt and (receipt[count] or count in ("accepted", "rejected"))
    )  # fmt: skip
    upload = "" if dry else f" (upload {receipt['id']})"
    out.print(f"{_outcome(receipt, dry=dry)}  {escape(name)}: {counts}{span}{upload}")
    if not receipt["accepted"] and not receipt["rejected"]:
        _plain("below the header there is no line")
    for row in receipt["rejections"]:
        _plain(f"line {row['line']}: {row['text']!r}: {row['reason']} ({row['code']})")
    _left(receipt["rejected"] - len(receipt["rejections"]), "rejected lines")
    if receipt.get("scale"):
        _plain(f"looks wrong: the deviations are about {receipt['scale']} times the usual")
    flagged = receipt.get("flagged", {})
    for day, tests in list(flagged.items())[:SHOWN_FLAGS]:
        _plain(f"looks wrong: {day}: {', '.join(tests)}")
    shown = min(len(flagged), SHOWN_FLAGS)
    _left(receipt.get("looks_wrong", len(flagged)) - shown, "readings that look wrong")
    changed = [month for month in receipt.get("months", ()) if month["before"] != month["after"]]
    for month in changed[:SHOWN_MONTHS]:
        _plain(f"{month['month']}: {_change(month['before'], month['after'])}")
    _left(len(changed) - SHOWN_MONTHS, "months changed")


def _outcome(receipt: dict[str, Any], *, dry: bool) -> str:
    if not receipt["accepted"]:
        return f"[red]{'nothing would go in' if dry else 'nothing went in'}[/]"
    return f"[green]{'would go in' if dry else 'incorporated'}[/]"


def _change(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """What of a month is another now: of a month that was there, only that."""
    if before is None or after is None:
        return f"{_figures(before)} -> {_figures(after)}"
    return ", ".join(_members(before, after))


def _members(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for name in ("readings", *FIGURES):
        old, new = before[name], after[name]
        if old != new:
            sides = _rounded(old), _rounded(new)
            # What differs only far behind the point has to be shown so far.
            yield f"{name} {' -> '.join(sides if sides[0] != sides[1] else (str(old), str(new)))}"


def _figures(side: dict[str, Any] | None) -> str:
    if side is None:
        return "no readings"
    return ", ".join(f"{name} {_rounded(side[name])}" for name in ("readings", *FIGURES))


def _rounded(value: Decimal | int | None) -> str:
    if isinstance(value, Decimal):
        return f"{value:.3f}"
    return "none" if value is None else str(value)


def _left(count: int, what: str) -> None:
    if count > 0:
        _plain(f"and {count} more {what}")


def _plain(text: str) -> None:
    out.print(f"              {text}", markup=False)
