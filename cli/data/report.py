"""Select files and print receipts."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.markup import escape

from aquasense import datasets
from aquasense.datasets import REVIEWS
from aquasense.figures.registry import FIGURES
from aquasense.uploads.notes import Note
from cli.console import err, out
from cli.data import files, names
from cli.data.files import Selection

SHOWN_MONTHS, SHOWN_FLAGS = 12, 20


def print_skipped(selection: Selection) -> None:
    """Print every skipped path and its reason."""
    for path, reason in selection.skipped:
        err.print(f"[yellow]left out[/]      {escape(str(path))}: {escape(reason)}")


def select_with_keys(
    paths: Sequence[Path], dataset: str = "", *, reviews: bool = False
) -> list[tuple[Path, str]]:
    """Return files and those of folders, each with its key in the dataset; print skipped paths.

    Args:
        paths: files and folders.
        dataset: empty is the default one.
        reviews: whether the files are reviews.

    Raises:
        Failure: a path does not exist or cannot be read, the dataset is not configured, a folder
            is named like another dataset, a folder is one of reviews and they are not, or a name
            cannot be a key or is one twice.
    """
    registered = datasets.load_datasets(Decimal(0))
    configured = registered.by_name
    names.require_dataset(dataset, configured)
    selection = files.select_files(paths, configured, dataset or registered.default.name)
    if not dataset:
        names.require_own_folders(paths, configured, registered.default.name)
    if reviews:
        folder = f"{REVIEWS}{dataset or registered.default.name}"
    else:
        folder = dataset
        names.require_no_reviews(selection.files, configured)
    keyed = names.assign_keys(selection.files, folder)
    print_skipped(selection)
    return keyed


def print_receipt(name: str, receipt: dict[str, Any], *, dry: bool = False) -> None:
    """Print a receipt: counts, rejected lines, flagged readings and changed months.

    Args:
        name: of the file.
        receipt: as JSON members; rejections have their text if it is the private one.
        dry: whether the file is not uploaded, so that the receipt has no id.
    """
    if receipt.get("purged_at"):
        out.print(f"[yellow]purged[/]        {escape(name)}: its content was removed at "
                  f"{receipt['purged_at']}")  # fmt: skip
        return
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
    if receipt.get("withdrawn_at"):
        _print_detail(f"withdrawn at {receipt['withdrawn_at']}: its readings do not count")
    if not receipt["accepted"] and not receipt["rejected"]:
        _print_detail("below the header there is no line")
    for row in receipt["rejections"]:
        text = f"{row['text']!r}: " if "text" in row else ""
        _print_detail(f"line {row['line']}: {text}{row['reason']} ({row['code']})")
    _print_remaining(receipt["rejected"] - len(receipt["rejections"]), "rejected lines")
    if receipt.get("scale"):
        _print_detail(f"looks wrong: the deviations are about {receipt['scale']} times the usual")
    flagged = receipt.get("flagged", {})
    for day, tests in list(flagged.items())[:SHOWN_FLAGS]:
        _print_detail(f"looks wrong: {day}: {', '.join(tests)}")
    shown = min(len(flagged), SHOWN_FLAGS)
    _print_remaining(receipt.get("looks_wrong", len(flagged)) - shown, "readings that look wrong")
    for note in receipt.get("notes", ()):
        _print_detail(f"note: {Note(**note).describe(receipt['file'])}")
    changed = [month for month in receipt.get("months", ()) if month["before"] != month["after"]]
    for month in changed[:SHOWN_MONTHS]:
        _print_detail(f"{month['month']}: {describe_change(month['before'], month['after'])}")
    _print_remaining(len(changed) - SHOWN_MONTHS, "months changed")


def _outcome(receipt: dict[str, Any], *, dry: bool) -> str:
    if not receipt["accepted"]:
        return f"[red]{'nothing would go in' if dry else 'nothing went in'}[/]"
    return f"[green]{'would go in' if dry else 'incorporated'}[/]"


def describe_change(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """Return the change of a month; of a month that existed before, only the changed figures."""
    if before is None or after is None:
        return f"{_format_figures(before)} -> {_format_figures(after)}"
    return ", ".join(_changed_members(before, after))


def _changed_members(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for name in ("readings", *FIGURES):
        old, new = before[name], after[name]
        if old != new:
            sides = _format_value(old), _format_value(new)
            # Values that are equal when rounded are shown in full.
            yield f"{name} {' -> '.join(sides if sides[0] != sides[1] else (str(old), str(new)))}"


def _format_figures(side: dict[str, Any] | None) -> str:
    if side is None:
        return "no readings"
    return ", ".join(f"{name} {_format_value(side[name])}" for name in ("readings", *FIGURES))


def _format_value(value: Decimal | int | None) -> str:
    if isinstance(value, Decimal):
        return f"{value:.3f}"
    return "none" if value is None else str(value)


def _print_remaining(count: int, noun: str) -> None:
    if count > 0:
        _print_detail(f"and {count} more {noun}")


def _print_detail(text: str) -> None:
    out.print(f"              {text}", markup=False)
