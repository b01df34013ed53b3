"""What became of a file, for the person who uploaded it."""

from typing import Any

from rich.markup import escape

from tools.console import out

METRICS = ("temp", "sd", "maxdiff")
SHOWN_MONTHS, SHOWN_FLAGS = 12, 20


def show(name: str, receipt: dict[str, Any], verb: str = "incorporated") -> None:
    """Print a receipt: the counts, the rejected lines, what looks wrong, the months it changed.

    Args:
        name: of the file as the person knows it.
        receipt: as aquasense.answers.receipt gives it.
        verb: what to call a file that is fine.
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
    out.print(f"[green]{verb}[/]  {escape(name)}: {counts}{span} (upload {receipt['id']})")
    for row in receipt["rejections"]:
        _plain(f"line {row['line']}: {row['text']!r}: {row['reason']} ({row['code']})")
    _left(receipt["rejected"] - len(receipt["rejections"]), "rejected lines")
    if receipt.get("scale"):
        _plain(f"looks wrong: the deviations are about {receipt['scale']} times the usual")
    flagged = receipt.get("flagged", {})
    for day, tests in list(flagged.items())[:SHOWN_FLAGS]:
        _plain(f"looks wrong: {day}: {', '.join(tests)}")
    _left(len(flagged) - SHOWN_FLAGS, "readings that look wrong")
    changed = [month for month in receipt.get("months", ()) if month["before"] != month["after"]]
    for month in changed[:SHOWN_MONTHS]:
        _plain(f"{month['month']}: {_figures(month['before'])} -> {_figures(month['after'])}")
    _left(len(changed) - SHOWN_MONTHS, "months changed")


def _figures(side: dict[str, Any] | None) -> str:
    if side is None:
        return "no readings"
    return ", ".join(f"{metric} {_rounded(side[metric])}" for metric in METRICS)


def _rounded(value: Any) -> str:
    return "none" if value is None else f"{value:.3f}"


def _left(count: int, what: str) -> None:
    if count > 0:
        _plain(f"and {count} more {what}")


def _plain(text: str) -> None:
    out.print(f"              {text}", markup=False)
