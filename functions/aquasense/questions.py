"""Where the parameters of a request become a question, or a hint what is wrong with them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from aquasense.datasets import Dataset, Datasets, UnknownDataset
from aquasense.figures import Month

FIRST_YEAR, LAST_YEAR = 1900, 2100


class BadParameter(ValueError):
    """A parameter is missing, impossible or unknown."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one request, each at most once, none unknown."""

    values: dict[str, str]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], known: tuple[str, ...]) -> "Parameters":
        """Check names before values.

        Raises:
            BadParameter: one is unknown (the detail names the nearest that exists) or repeated.
        """
        values: dict[str, str] = {}
        for name, value in pairs:
            if name not in known:
                near = get_close_matches(name, known, n=1) or known[:1]
                raise BadParameter(
                    name[:50], f"there is no parameter {name[:50]!r}; did you mean {near[0]!r}?"
                )
            if name in values:
                raise BadParameter(name, f"{name} is given more than once")
            values[name] = value
        return cls(values)

    def month(self) -> Month:
        """The month of 'year' and 'month'."""
        month = self._whole("month", 1, 12)
        return Month(self._whole("year", FIRST_YEAR, LAST_YEAR), month)

    def dataset(self, datasets: Datasets) -> Dataset:
        """The dataset of 'dataset', or the default without one."""
        name = self.values.get("dataset")
        if name is None:
            return datasets.default
        try:
            return datasets.named(name[:50])
        except UnknownDataset as error:
            raise BadParameter("dataset", str(error)) from error

    def _whole(self, name: str, least: int, most: int) -> int:
        text = self.values.get(name)
        expected = f"{name} must be a whole number from {least} to {most}"
        if text is None:
            raise BadParameter(name, f"{name} is missing; {expected}")
        if not re.fullmatch(r"\d{1,4}", text, re.ASCII) or not least <= int(text) <= most:
            raise BadParameter(name, f"{expected}, not {text[:50]!r}")
        return int(text)
