"""Parse the fields of one line, in every notation that is accepted."""

import csv
import re
from decimal import Decimal

from aquasense.csvfile.reasons import RejectionError

SHOWN_TEXT = 200

# Not str.isspace(): there byte 85, the ellipsis of Windows-1252, is a space too.
_SPACES = " \t\v\f\xa0\u2007\u202f"
# What programs write for no value, besides an empty field.
_PLACEHOLDERS = {"-", "NA", "N/A", "#N/A"}
_MISSING_NUMBER = re.compile(r"[-\u2212]9999?(?:[.,]0*)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{0,60})?|\.\d{1,60})(?:[eE][+-]?\d{1,2})?", re.ASCII)
# A number as JSON writes it, without exponent.
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,19})(?:\.\d{1,60})?", re.ASCII)


class InvalidField(RejectionError):
    """The line is rejected."""


def split_fields(line: str, delimiter: str) -> list[str]:
    """Split a line into its fields, without leading and trailing spaces.

    Raises:
        InvalidField: a quotation mark is not closed.
    """
    if '"' not in line:
        return [field.strip(_SPACES) for field in line.split(delimiter)]
    try:
        (fields,) = csv.reader([line], delimiter=delimiter, skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        raise InvalidField(
            "unclosed_quote", "the quotation marks of the line do not match"
        ) from None
    return [field.strip(_SPACES) for field in fields]


def split_line(line: str, delimiter: str, width: int) -> list[str]:
    """Split a line into a given number of fields.

    Raises:
        InvalidField: it has another number, or a quotation mark is not closed.
    """
    fields = split_fields(line, delimiter)
    if len(fields) != width:
        raise InvalidField(
            "wrong_field_count",
            "{expected} fields expected, {found} found",
            expected=width,
            found=len(fields),
        )
    return fields


def is_missing(text: str) -> bool:
    """Return True for an empty field and for what programs write in its place."""
    return not text or text.upper() in _PLACEHOLDERS or bool(_MISSING_NUMBER.fullmatch(text))


def parse_number(text: str, column: str) -> str:
    """Return a number as a plain decimal text that keeps every digit.

    Raises:
        InvalidField: missing, or not a number.
    """
    if is_missing(text):
        raise InvalidField("missing_value", "the {column} is missing", column=column)
    number = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    if _PLAIN_NUMBER.fullmatch(number):
        return number
    if not _NUMBER.fullmatch(number):
        raise InvalidField("not_a_number", "the {column} is not a number", column=column)
    # Notations that JSON does not allow (+1, .5, 007) or that are not plain (1e-5).
    return format(Decimal(number), "f")


def parse_deviation(text: str) -> str:
    """Return a standard deviation as parse_number() does; minus zero becomes zero.

    Raises:
        InvalidField: missing, not a number, or negative.
    """
    number = parse_number(text, "deviation")
    if number.startswith("-") and number.strip("-0."):
        raise InvalidField("negative_deviation", "a standard deviation cannot be negative")
    return number.removeprefix("-")


def truncate_text(text: str, length: int = SHOWN_TEXT) -> str:
    """Return at most `length` characters, followed by '…' if the text is longer."""
    return f"{text[:length]}…" if len(text) > length else text
