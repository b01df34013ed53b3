"""Select and order the rows of a table."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from aquasense.metadata.attributes import format_time
from aquasense.metadata.model import Variable
from query.erddap.errors import query_error, quote
from query.erddap.regex import Regex
from query.erddap.tokens import Constraint, TableQuery
from query.erddap.values import Column, parse_number, parse_time

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip

type Columns = Mapping[str, Sequence[Any]]
type Predicate = Callable[[Any], bool]


def select_rows(query: TableQuery, columns: Columns, now: datetime) -> dict[str, list[Any]]:
    """Return the values of the requested variables in the selected rows.

    Args:
        query: of the request.
        columns: all values of the variables in the query, by name.
        now: the time of the request.

    Raises:
        ErddapError: a value of a constraint is wrong.
    """

    def find_column(name: str) -> Sequence[Any]:
        if name not in columns:
            raise query_error(f"Unrecognized variable={quote(name)}.")
        return columns[name]

    tests = [
        (columns[constraint.variable.name], build_test(constraint, find_column, now))
        for constraint in query.constraints
    ]
    number = len(next(iter(columns.values())))
    rows = [row for row in range(number) if all(test(column[row]) for column, test in tests)]
    names = [variable.name for variable in query.variables]
    if query.distinct:
        rows = _drop_repeated(rows, [columns[name] for name in names])
    if query.order_by:
        rows.sort(key=_sort_key([columns[name] for name in query.order_by]))
    return {name: [columns[name][row] for row in rows] for name in names}


def build_test(constraint: Constraint, column: Column, now: datetime) -> Predicate:
    """Return the test of a value of the constraint's variable."""
    variable, operator, text = constraint.variable, constraint.operator, constraint.text
    if operator == "=~":
        expression = Regex(text)
        return lambda value: expression.matches(format_value(variable, value))
    compare = _COMPARISONS[operator]
    if variable.kind == "String":
        return lambda value: compare(value or "", text)
    number = parse_time(text, now, column) if variable.is_time else parse_number(text, column)

    def test(value: Any) -> bool:
        # As with NaN in ERDDAP: a missing value equals a missing value only.
        if value is None or number is None:
            same = value is None and number is None
            return same if operator == "=" else operator == "!=" and not same
        return compare(value, number)

    return test


def format_value(variable: Variable, value: Any) -> str:
    """Return a value as text; NaN for a missing number."""
    if value is None:
        return "" if variable.kind == "String" else "NaN"
    return format_time(value) if variable.is_time else str(value)


def _drop_repeated(rows: Sequence[int], columns: Sequence[Sequence[Any]]) -> list[int]:
    """Return the first of equal rows, in order of all columns."""
    distinct: dict[tuple[Any, ...], int] = {}
    for row in rows:
        distinct.setdefault(tuple(column[row] for column in columns), row)
    return sorted(distinct.values(), key=_sort_key(columns))


def _sort_key(columns: Sequence[Sequence[Any]]) -> Callable[[int], list[tuple[bool, Any]]]:
    """Return the key of a row: its values, missing ones last."""

    def key(row: int) -> list[tuple[bool, Any]]:
        values = (column[row] for column in columns)
        return [(value is None, Decimal(0) if value is None else value) for value in values]

    return key
