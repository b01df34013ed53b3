"""The limits of the quality tests, and their parser."""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal
from typing import Annotated, Any, get_args, get_type_hints

type Span = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Limits of one dataset, in its unit.

    A field is a member of the dataset's [flags] table. Its type selects the parser, a default makes
    it optional, and its text is the meaning in docs/datasets.md.
    """

    fail: Annotated[
        Span, "its mean is outside `[least, greatest]`: what sensor or nature cannot give"
    ]
    suspect: Annotated[Span, "its mean is outside `[least, greatest]`: what is unusual"]
    deviation_suspect: Annotated[
        Decimal, "its deviation is greater: about ten times the usual deviation"
    ]
    spike_suspect: Annotated[
        Decimal, "its mean is further than this from the middle of its neighbours"
    ]
    spike_fail: Annotated[Decimal, "the same distance, for `fail`"]
    rate_suspect: Annotated[
        Decimal,
        "its mean differs from the reading before by more than this for each day between them",
    ]
    gap_suspect_days: Annotated[
        int,
        "(not a flag of the reading) the reading before is more days ago; nothing is compared "
        "across such a gap",
    ]
    scale_suspect: Annotated[
        Decimal,
        "the whole file's median deviation is this many times the history's: another unit, a "
        "slipped decimal point",
    ]
    flat_tolerance: Annotated[
        Decimal,
        "the means of the days below all lie within less than this; 0 switches the test off",
    ] = Decimal(0)
    flat_suspect_days: Annotated[int, "days of a flat line, of at least three readings"] = 14
    flat_fail_days: Annotated[int, "the same, for `fail`"] = 21


def parse_limits(table: Any) -> QualityLimits:
    """Parse a dataset's [flags] table.

    Raises:
        ValueError: a member is missing, unknown or malformed; the message names it.
    """
    if not isinstance(table, dict):
        raise ValueError("flags: must be a table")
    names = [field.name for field in fields(QualityLimits)]
    for name in table:
        if name not in names:
            raise ValueError(f"flags: unknown member {name!r}; members are {', '.join(names)}")
    types = get_type_hints(QualityLimits)
    return QualityLimits(
        **{
            field.name: _PARSERS[types[field.name]](table.get(field.name), field.name)
            for field in fields(QualityLimits)
            if field.name in table or field.default is MISSING
        }
    )


def describe_limits() -> dict[str, str]:
    """Return the meaning of each limit with its default, by name."""
    hints = get_type_hints(QualityLimits, include_extras=True)
    defaults = {
        field.name: f"; left out: {field.default}"
        for field in fields(QualityLimits)
        if field.default is not MISSING
    }
    return {name: get_args(hint)[1] + defaults.get(name, "") for name, hint in hints.items()}


def _parse_number(value: Any, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"flags: {name} must be a number")
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(f"flags: {name} must be a number")
    return number


def _parse_span(value: Any, name: str) -> Span:
    if isinstance(value, list) and len(value) == 2:
        least, greatest = (_parse_number(bound, name) for bound in value)
        if least <= greatest:
            return least, greatest
    raise ValueError(f"flags: {name} must be [least, greatest]")


def _parse_days(value: Any, name: str) -> int:
    number = _parse_number(value, name)
    if number < 0 or number % 1:
        raise ValueError(f"flags: {name} must be a whole number of at least 0")
    return int(number)


_PARSERS: dict[Any, Callable[[Any, str], Any]] = {
    Span: _parse_span,
    Decimal: _parse_number,
    int: _parse_days,
}
