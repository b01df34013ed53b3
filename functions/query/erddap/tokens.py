"""Split the query string of a tabledap request: names, then constraints and functions."""

import json
import re
from dataclasses import dataclass
from urllib.parse import unquote_plus

from aquasense.metadata.model import Variable
from query.erddap.errors import query_error, quote

MAX_CONSTRAINTS, MAX_REGEXES = 20, 2
_CONSTRAINT = re.compile(r"(\w+)\s*(!=|=~|<=|>=|=|<|>)(.*)", re.DOTALL)
_FUNCTION = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
# A variable whose least or greatest value a constraint uses.
_EXTREME = re.compile(r"^(?:min|max)\((\w+)\)")
# Functions without an effect here: units are always those of UDUNITS.
_WITHOUT_EFFECT = ("units",)


@dataclass(frozen=True, slots=True)
class Constraint:
    """A condition on a variable; text is the right-hand side, without quotation marks."""

    variable: Variable
    operator: str
    text: str


@dataclass(frozen=True, slots=True)
class TableQuery:
    """A tabledap query.

    Attributes:
        variables: requested, in the order of the columns.
        constraints: all of them hold for a row.
        distinct: True for sorted rows without repetition.
        order_by: names of variables to sort by; empty keeps the order of time.
    """

    variables: tuple[Variable, ...]
    constraints: tuple[Constraint, ...] = ()
    distinct: bool = False
    order_by: tuple[str, ...] = ()

    @property
    def names(self) -> set[str]:
        """Return the names of all variables whose values the query needs."""
        texts = [constraint.text for constraint in self.constraints]
        return {
            *(variable.name for variable in self.variables),
            *(constraint.variable.name for constraint in self.constraints),
            *(name for text in texts for name in _EXTREME.findall(text)),
        }


def parse_query(query_string: str, variables: tuple[Variable, ...]) -> TableQuery:
    """Parse a query string as it was sent.

    Args:
        query_string: percent-encoded, in parts or as a whole.
        variables: of the table.

    Raises:
        ErddapError: the query is wrong.
    """
    by_name = {variable.name: variable for variable in variables}
    names, *conditions = split_query(query_string)
    requested = (
        [_find_variable(by_name, name) for name in names.split(",")] if names else list(variables)
    )
    if len({variable.name for variable in requested}) < len(requested):
        raise query_error("a variable is requested twice.")
    constraints: list[Constraint] = []
    distinct = False
    order_by: tuple[str, ...] = ()
    for condition in conditions:
        # Parts of a graph's query do not concern a table.
        if not condition or condition.startswith("."):
            continue
        if function := _FUNCTION.fullmatch(condition):
            if function[1] == "distinct":
                distinct = True
            elif function[1] == "orderBy":
                order_by = _parse_order(function[2], [variable.name for variable in requested])
            elif function[1] not in _WITHOUT_EFFECT:
                raise query_error(
                    f"the function {quote(function[1])} is not supported: there is distinct() and "
                    "orderBy()."
                )
        else:
            constraints.append(_parse_constraint(condition, by_name))
    if len(constraints) > MAX_CONSTRAINTS:
        raise query_error(f"there are more than {MAX_CONSTRAINTS} constraints.")
    if sum(constraint.operator == "=~" for constraint in constraints) > MAX_REGEXES:
        raise query_error(f"there are more than {MAX_REGEXES} regular expressions.")
    return TableQuery(tuple(requested), tuple(constraints), distinct, order_by)


def split_query(query_string: str) -> list[str]:
    """Return the decoded parts between '&'; a '&' in quotation marks does not end a part.

    Some clients encode the '&' too, and so the whole is decoded if there is none.
    """
    encoded = "&" in query_string
    if not encoded:
        query_string = unquote_plus(query_string)
    parts = re.findall(r'((?:"(?:[^"\\]|\\.)*"|%22(?:(?!%22).)*%22|[^&])*)(?:&|$)', query_string)
    # The expression also matches the empty end.
    parts = parts[:-1] if len(parts) > 1 and not parts[-1] else parts
    return [unquote_plus(part) if encoded else part for part in parts]


def _find_variable(by_name: dict[str, Variable], name: str) -> Variable:
    variable = by_name.get(name.strip())
    if variable is None:
        raise query_error(f"Unrecognized variable={quote(name)}. There is: {', '.join(by_name)}")
    return variable


def _parse_constraint(text: str, by_name: dict[str, Variable]) -> Constraint:
    match = _CONSTRAINT.fullmatch(text)
    if match is None:
        raise query_error(
            f"{quote(text)} is no constraint: a variable, one of != =~ <= >= = < >, and a value."
        )
    return Constraint(_find_variable(by_name, match[1]), match[2], unquote_value(match[3].strip()))


def _parse_order(text: str, requested: list[str]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in unquote_value(text.strip()).split(","))
    for name in names:
        if name not in requested:
            raise query_error(f"orderBy: {quote(name)} is not among the requested variables.")
    return names


def unquote_value(text: str) -> str:
    """Return a value without its quotation marks."""
    if not text.startswith('"'):
        return text
    try:
        value = json.loads(text, strict=False)
    except ValueError:
        value = None
    if not isinstance(value, str):
        raise query_error(f"{quote(text)} is no text in quotation marks.")
    return value
