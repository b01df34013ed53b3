"""Validate the parameters of a request."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from aquasense.datasets import Dataset, Datasets, UnknownDataset
from aquasense.dates import EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST, Month
from aquasense.uploads.times import parse_time

MAX_ROWS = 10_000
MONTH = r"(?:19\d\d|20\d\d|2100)-(?:0[1-9]|1[0-2])"
NUMBER = r"-?\d{1,20}(?:\.\d{1,40})?"
# Parameters that are a time; responses repeat them as the client meant them.
TIME_PARAMETERS = ("as_of", "since", "until")
UPLOAD = r"\d{8}T\d{6}\.\d{3}Z-\d{4}-[0-9a-f]{12}"
# In a query a plus sign that is not encoded arrives as a space.
_ZONE = re.compile(r"(T[\d:.]+) (\d\d:\d\d)$", re.ASCII | re.IGNORECASE)

# Names that Spanish speakers are likely to try.
_SPANISH = {
    "mes": "month", "año": "year", "ano": "year", "anio": "year", "desde": "from",
    "hasta": "to", "umbral": "threshold", "formato": "format", "datos": "dataset",
}  # fmt: skip


class BadParameter(ValueError):
    """A parameter is missing, invalid or unknown."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one request; every name is known and given once."""

    values: dict[str, str]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], names: tuple[str, ...]) -> "Parameters":
        """Check the names; values are checked when they are read.

        Raises:
            BadParameter: a name is unknown (the detail suggests the nearest) or repeated.
        """
        values: dict[str, str] = {}
        for name, text in pairs:
            value = _ZONE.sub(r"\1+\2", text) if name in TIME_PARAMETERS else text
            if name not in names:
                hint = suggest_name(name, names)
                raise BadParameter(name[:50], f"there is no parameter {name[:50]!r}{hint}")
            if name in values:
                raise BadParameter(name, f"{name} is given more than once")
            values[name] = value
        return cls(values)

    def month(self) -> Month:
        """Return the month of `year` and `month`."""
        month = self._whole("month", 1, 12)
        return Month(self._whole("year", FIRST_YEAR, LAST_YEAR), month)

    def dataset(self, datasets: Datasets) -> Dataset:
        """Return the dataset of `dataset`, or the default dataset."""
        name = self.values.get("dataset")
        if name is None:
            return datasets.default
        try:
            return datasets.get(name[:50])
        except UnknownDataset as error:
            raise BadParameter("dataset", str(error)) from error

    def is_set(self, name: str) -> bool:
        """Return True if a switch such as `explain` is 1."""
        return self.choice(name, ("0", "1")) == "1"

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """Return one of the choices, None if the parameter is not given."""
        text = self.values.get(name)
        if text is not None and text not in choices:
            raise BadParameter(name, f"{name} must be {' or '.join(choices)}, not {text[:50]!r}")
        return text

    def time(self, name: str) -> str | None:
        """Return a time as the beginning of an upload id, None if it is not given."""
        text = self.values.get(name)
        if text is None:
            return None
        try:
            return parse_time(text)
        except ValueError:
            expected = f"{name} must be a time such as 2024-06-01T00:00:00Z"
            raise BadParameter(name, f"{expected}, not {text[:50]!r}") from None

    def times(self, first: str, last: str) -> tuple[str | None, str | None]:
        """Return two times, the first not after the last; None for one that is not given."""
        begin, end = self.time(first), self.time(last)
        if begin and end and begin > end:
            raise BadParameter(first, f"{first} must not be after {last}")
        return begin, end

    def months(self) -> tuple[Month | None, Month | None]:
        """Return the months `from` and `to`; None for one that is not given."""
        first, last = (self._month(name) for name in ("from", "to"))
        if first and last and first > last:
            raise BadParameter("from", f"from ({first}) must not be after to ({last})")
        return first, last

    def dates(self) -> tuple[str, str]:
        """Return the dates `from` and `to`, both included; a month stands for all its days."""
        first = self._date("from", "-01") or EARLIEST
        last = self._date("to", "-31") or LATEST
        if first > last:
            # As the client wrote them: the end of a month is not always the 31st.
            texts = (f"{name} ({self.values[name]})" for name in ("from", "to"))
            raise BadParameter("from", " must not be after ".join(texts))
        return first, last

    def threshold(self, default: Decimal) -> Decimal:
        """Return the number `threshold`."""
        text = self.values.get("threshold")
        if text is None:
            return default
        if not re.fullmatch(NUMBER, text, re.ASCII):
            raise BadParameter(
                "threshold", f"threshold must be a number such as 0.6, not {text[:50]!r}"
            )
        return Decimal(text)

    def limit(self, default: int | None = None) -> int | None:
        """Return the most rows of a page."""
        return self._whole("limit", 1, MAX_ROWS) if "limit" in self.values else default

    def before(self) -> str | None:
        """Return the upload id that a page ends before."""
        text = self.values.get("before")
        if text is not None and not re.fullmatch(UPLOAD, text, re.ASCII):
            raise BadParameter("before", f"before must be an upload's id, not {text[:50]!r}")
        return text

    def require(self, name: str, hint: str) -> None:
        """Raise BadParameter if a parameter is missing."""
        if name not in self.values:
            raise BadParameter(name, f"{name} is missing; {hint}")

    def _month(self, name: str) -> Month | None:
        text = self.values.get(name)
        if text is None:
            return None
        if not re.fullmatch(MONTH, text, re.ASCII):
            raise BadParameter(name, f"{name} must be a month such as 2022-11, not {text[:50]!r}")
        return Month.of(text)

    def _date(self, name: str, day: str) -> str | None:
        text = self.values.get(name)
        if text is None:
            return None
        if re.fullmatch(MONTH, text, re.ASCII):
            return text + day
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
                raise ValueError
            return date.fromisoformat(text).isoformat()
        except ValueError:
            expected = f"{name} must be a date such as 2022-11-30 or a month such as 2022-11"
            raise BadParameter(name, f"{expected}, not {text[:50]!r}") from None

    def _whole(self, name: str, least: int, most: int) -> int:
        text = self.values.get(name)
        expected = f"{name} must be a whole number from {least} to {most}"
        if text is None:
            raise BadParameter(name, f"{name} is missing; {expected}")
        if not re.fullmatch(r"\d{1,5}", text, re.ASCII) or not least <= int(text) <= most:
            raise BadParameter(name, f"{expected}, not {text[:50]!r}")
        return int(text)


def suggest_name(name: str, names: Iterable[str]) -> str:
    """Return the end of a sentence that suggests the nearest name and lists all names."""
    by_lower_case = {valid.lower(): valid for valid in names}
    if not by_lower_case:
        return "; this takes none"
    lower = name[:50].lower()
    lower = _SPANISH.get(lower, lower)
    nearest = get_close_matches(lower, list(by_lower_case), n=1, cutoff=0)
    hint = f"; did you mean {by_lower_case[nearest[0]]!r}?" if nearest else "."
    return f"{hint} There is: {', '.join(by_lower_case.values())}"
