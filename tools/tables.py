"""Generate the tables of docs/ from the code: `make tables`."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

from aquasense import datasets
from aquasense.metadata import tables as metadata_tables
from aquasense.metadata.tables import Table
from aquasense.quality.limits import describe_limits
from aquasense.quality.registry import QUALITY_TESTS
from cli.aws import costs
from cli.console import out
from tools.cli_page import write_page

DOCS = Path(__file__).resolve().parent.parent / "docs"


def main() -> None:
    """Write the tables between their marks."""
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        updated = update_tables(text)
        if updated != text:
            page.write_text(updated, encoding="utf-8")
            out.print(f"{page.name} written", markup=False)
    (DOCS / "cli.md").write_text(write_page(), encoding="utf-8")


def update_tables(text: str) -> str:
    """Return a page with its tables generated from the code.

    A table stands between `<!-- table: NAME -->` and `<!-- end -->`.
    """
    for name, table in _tables().items():
        text = replace_table(text, name, table)
    return text


def replace_table(text: str, name: str, table: str) -> str:
    """Return a page with one of its tables replaced; a page without it stays."""
    begin, end = f"<!-- table: {name} -->\n", "<!-- end -->"
    before, mark, after = text.partition(begin)
    return before + mark + table + end + after.partition(end)[2] if mark else text


def _tables() -> dict[str, str]:
    tests = (
        (f"`{test.name}`", test.question, test.suspect, test.fail)
        for test in QUALITY_TESTS.values()
    )
    readings, months = metadata_tables.list_tables(datasets.load_datasets(Decimal("0.5"))).values()
    limits = ((f"`{name}`", meaning) for name, meaning in describe_limits().items())
    return {
        "quality tests": format_table(("test", "asks", "`suspect`", "`fail`"), tests),
        "quality limits": format_table(("member", "a reading is flagged when"), limits),
        "variables of readings": _list_variables(readings),
        "variables of months": _list_variables(months),
        "costs": format_table(("item", "arithmetic", "$", "without containers"), _cost_rows()),
        "cost options": format_table(
            ("option", "arithmetic", "$"),
            (
                (item.name, item.arithmetic, f"{item.amount:.2f}")
                for item in (costs.FURTHER_TASK, *costs.OPTIONS.values())
            ),
        ),
    }


def _list_variables(table: Table) -> str:
    rows = (
        (f"`{variable.name}`", variable.kind, variable.units, str(variable.attributes["long_name"]),
         str(variable.attributes.get("standard_name", "")))
        for variable in table.variables
    )  # fmt: skip
    return format_table(("variable", "type", "unit", "meaning", "standard name"), rows)


def _cost_rows() -> Iterator[tuple[str, ...]]:
    for item in costs.ITEMS:
        amount = f"{item.amount:.2f}"
        yield item.name, item.arithmetic, amount, "" if item.containers else amount
    totals = (f"**{costs.total(containers=containers):.2f}**" for containers in (True, False))
    yield "**total**", "", *totals


def format_table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table."""
    header = list(header)
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()
