"""Files into rows, as people write it."""

import csv
import io
from datetime import datetime
from decimal import Decimal, InvalidOperation

import polars

from aquasense.days import FIRST_DAY, LAST_DAY


def naive(content: bytes) -> int:
    """csv, strptime and Decimal; any bad row ends it."""
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline=""))
    next(rows)
    count = 0
    for day, mean, deviation in rows:
        datetime.strptime(day, "%Y/%m/%d").date().isoformat()
        Decimal(mean)
        Decimal(deviation)
        count += 1
    return count


def with_polars(content: bytes) -> int:
    """polars; a value that does not fit becomes null without a word."""
    frame = polars.read_csv(content, schema_overrides={"Medias": polars.Float64})
    days = frame["Fecha"].str.to_date("%Y/%m/%d", strict=False)
    return len(frame) - days.null_count()


def verdict(line: str) -> tuple[str, Decimal, Decimal] | None:
    """What csv, strptime and Decimal say of one line once every trap known is closed by hand.

    An implementation of its own, to compare the reader's verdicts with.
    """
    try:
        ((day, mean, deviation),) = csv.reader([line], skipinitialspace=True, strict=True)
        values = [_number(text) for text in (mean, deviation)]
        when = _day(day.strip())
    except (ValueError, csv.Error, InvalidOperation):
        return None
    if values[1] < 0 or not FIRST_DAY <= when.date() <= LAST_DAY:
        return None
    return when.date().isoformat(), *values  # type: ignore[return-value]


def _day(text: str) -> datetime:
    # strptime takes any script's digits, and spaces.
    if not text.isascii() or " " in text:
        raise ValueError(text)
    parts = text.replace("-", "/").split("/")
    if ("/" in text) == ("-" in text) or len(parts) != 3:
        raise ValueError(text)
    if len(parts[0]) == 4:
        return datetime.strptime("/".join(parts), "%Y/%m/%d")
    if len(parts[2]) == 4:
        return datetime.strptime("/".join(parts), "%d/%m/%Y")
    raise ValueError(text)


def _number(text: str) -> Decimal:
    text = text.strip()
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    # Decimal takes 1_5, ١٥, nan, inf and any number of digits.
    digits, _, exponent = text.lower().lstrip("+-").partition("e")
    before, _, after = digits.partition(".")
    if not text.isascii() or "_" in text or not any(map(str.isdigit, text)):
        raise ValueError(text)
    if len(before) > 20 or len(after) > 60 or len(exponent.lstrip("+-")) > 2:
        raise ValueError(text)
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError(text)
    return value
