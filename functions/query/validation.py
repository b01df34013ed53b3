"""Validate query parameters, and explain what is wrong with them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from aquasense.datasets import Dataset, Datasets, UnknownDataset
from aquasense.dates import EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST, Month
from aquasense.uploads.identity import UPLOAD_ID_PATTERN
from aquasense.uploads.times import parse_date, parse_time

MAX_ROWS = 10_000
MONTH_PATTERN = r"(?:19\d\d|20\d\d|2100)-(?:0[1-9]|1[0-2])"
NUMBER_PATTERN = r"-?\d{1,20}(?:\.\d{1,40})?"
# Parameters whose value is a time.
TIME_PARAMETERS = ("as_of", "since", "until", "from", "to")
# In a query string a plus sign that is not encoded decodes to a space.
_ZONE_AFTER_SPACE = re.compile(r"(T[\d:.]+) (\d\d:\d\d)$", re.ASCII | re.IGNORECASE)

# Spanish names that users are likely to try.
_SPANISH = {
    "mes": "month", "año": "year", "ano": "year", "anio": "year", "desde": "from",
    "hasta": "to", "umbral": "threshold", "formato": "format", "datos": "dataset",
}  # fmt: skip


class BadParameter(ValueError):
    """The parameter `name` is missing, invalid or unknown; `detail` is the reason."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one request; every method raises BadParameter for an invalid value.

    Attributes:
        values: texts by name.
    """

    values: dict[str, str]

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]], names: tuple[str, ...]) -> "Parameters":
        """Check that every name is allowed and appears once.

        Raises:
            BadParameter: a name is unknown or repeated; the detail suggests the nearest one.
        """
        values: dict[str, str] = {}
        for name, text in pairs:
            if name not in names:
                hint = suggest_name(name, names)
                raise BadParameter(name[:50], f"there is no parameter {name[:50]!r}{hint}")
            if name in values:
                raise BadParameter(name, f"{name} is given more than once")
            is_time = name in TIME_PARAMETERS
            values[name] = _ZONE_AFTER_SPACE.sub(r"\1+\2", text) if is_time else text
        return cls(values)

    def month(self) -> Month:
        """Return the month of 'year' and 'month'."""
        month = self._integer("month", 1, 12)
        return Month(self._integer("year", FIRST_YEAR, LAST_YEAR), month)

    def dataset(self, datasets: Datasets) -> Dataset:
        """Return the dataset; the default one if the parameter is missing."""
        name = self.values.get("dataset")
        if name is None:
            return datasets.default
        try:
            return datasets.get(name[:50])
        except UnknownDataset as error:
            raise BadParameter("dataset", str(error)) from error

    def is_set(self, name: str) -> bool:
        """Return True if a switch is '1'."""
        return self.choice(name, ("0", "1")) == "1"

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """Return one of the choices; None if the parameter is missing."""
        text = self.values.get(name)
        if text is not None and text not in choices:
            raise self._invalid(name, f"{name} must be {' or '.join(choices)}")
        return text

    def time(self, name: str) -> str | None:
        """Return a time as the beginning of upload ids; None if the parameter is missing."""
        text = self.values.get(name)
        if text is None:
            return None
        try:
            return parse_time(text)
        except ValueError:
            example = "2024-06-01T00:00:00Z"
            raise self._invalid(name, f"{name} must be a time such as {example}") from None

    def times(self, first: str, last: str) -> tuple[str | None, str | None]:
        """Return two times, see time(); the first must not be after the last."""
        begin, end = self.time(first), self.time(last)
        if begin and end and begin > end:
            raise BadParameter(first, f"{first} must not be after {last}")
        return begin, end

    def months(self) -> tuple[Month | None, Month | None]:
        """Return the months 'from' and 'to'; None for a missing one. A time is its UTC month."""
        first, last = (self._month(name) for name in ("from", "to"))
        if first and last and first > last:
            raise BadParameter("from", f"from ({first}) must not be after to ({last})")
        return first, last

    def dates(self) -> tuple[str, str]:
        """Return the ISO dates 'from' and 'to'.

        A month is its first or its last day, a time its UTC date.
        """
        first = self._date("from", "-01") or EARLIEST
        last = self._date("to", "-31") or LATEST
        if first > last:
            # As requested: the last day of a month is '-31' here, which not every month has.
            requested = (f"{name} ({self.values[name]})" for name in ("from", "to"))
            raise BadParameter("from", " must not be after ".join(requested))
        return first, last

    def threshold(self, default: Decimal) -> Decimal:
        """Return the threshold."""
        text = self.values.get("threshold")
        if text is None:
            return default
        if not re.fullmatch(NUMBER_PATTERN, text, re.ASCII):
            raise self._invalid("threshold", "threshold must be a number such as 0.6")
        return Decimal(text)

    def limit(self, default: int | None = None) -> int | None:
        """Return the maximum number of rows of a page."""
        return self._integer("limit", 1, MAX_ROWS) if "limit" in self.values else default

    def before(self) -> str | None:
        """Return the upload id that is newer than every upload of the page."""
        text = self.values.get("before")
        if text is not None and not re.fullmatch(UPLOAD_ID_PATTERN, text, re.ASCII):
            raise self._invalid("before", "before must be an upload's id")
        return text

    def require(self, name: str, hint: str) -> None:
        """Check that a parameter is present."""
        if name not in self.values:
            raise BadParameter(name, f"{name} is missing; {hint}")

    def _invalid(self, name: str, expected: str) -> BadParameter:
        return BadParameter(name, f"{expected}, not {self.values[name][:50]!r}")

    def _month(self, name: str) -> Month | None:
        if (text := self.values.get(name)) is None:
            return None
        try:
            is_month = re.fullmatch(MONTH_PATTERN, text, re.ASCII)
            return Month.of(text if is_month else parse_date(text))
        except ValueError:
            raise self._invalid(name, f"{name} must be a month such as 2022-11") from None

    def _date(self, name: str, day: str) -> str | None:
        if (text := self.values.get(name)) is None:
            return None
        if re.fullmatch(MONTH_PATTERN, text, re.ASCII):
            return text + day
        try:
            is_date = re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII)
            return date.fromisoformat(text).isoformat() if is_date else parse_date(text)
        except ValueError:
            expected = f"{name} must be a date such as 2022-11-30 or a month such as 2022-11"
            raise self._invalid(name, expected) from None

    def _integer(self, name: str, minimum: int, maximum: int) -> int:
        text = self.values.get(name)
        expected = f"{name} must be a whole number from {minimum} to {maximum}"
        if text is None:
            raise BadParameter(name, f"{name} is missing; {expected}")
        if not re.fullmatch(r"\d{1,5}", text, re.ASCII) or not minimum <= int(text) <= maximum:
            raise self._invalid(name, expected)
        return int(text)


def suggest_name(name: str, candidates: Iterable[str]) -> str:
    """Return the end of an error message: the most similar candidate, and all of them."""
    names = list(candidates)
    if not names:
        return "; this takes none"
    by_lower_case = {candidate.lower(): candidate for candidate in names}
    lower_case = name[:50].lower()
    wanted = _SPANISH.get(lower_case, lower_case)
    similar = get_close_matches(wanted, list(by_lower_case), n=1, cutoff=0)
    suggestion = f"; did you mean {by_lower_case[similar[0]]!r}?" if similar else "."
    return f"{suggestion} There is: {', '.join(names)}"
