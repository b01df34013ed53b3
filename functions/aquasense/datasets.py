"""Which datasets there are, and which one a key belongs to (source: datasets.toml)."""

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from aquasense import flags

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_TEXTS = ("title", "unit", "symbol", "standard_name")
SOURCE = Path(__file__).resolve().parent.parent / "datasets.toml"


class UnknownDataset(ValueError):
    """No dataset of that name is configured."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"there is no dataset {name!r}; there is: {', '.join(known)}")
        self.name = name
        self.known = known


@dataclass(frozen=True, slots=True)
class Dataset:
    """One series: its name, its unit and when it alerts."""

    name: str
    title: str
    unit: str
    symbol: str
    standard_name: str
    threshold: Decimal
    limits: flags.Limits


@dataclass(frozen=True, slots=True)
class Datasets:
    """All configured datasets by name, and the one of a key without a folder."""

    by_name: dict[str, Dataset]
    default: Dataset

    def named(self, name: str) -> Dataset:
        """The dataset of that name.

        Raises:
            UnknownDataset: none is configured under it.
        """
        try:
            return self.by_name[name]
        except KeyError:
            raise UnknownDataset(name, sorted(self.by_name)) from None

    def of_key(self, key: str) -> Dataset:
        """The dataset an object's key belongs to: its first folder, or the default without one.

        Raises:
            UnknownDataset: the first folder names no configured dataset.
        """
        folder, slash, _ = key.partition("/")
        return self.named(folder) if slash else self.default


def load(threshold: Decimal, source: Path = SOURCE) -> Datasets:
    """Read the datasets.

    Args:
        threshold: of every dataset that sets none itself, in the dataset's unit.
        source: the TOML file.

    Raises:
        ValueError: the file breaks its own rules; the message names the dataset and the member.
    """
    tables = tomllib.loads(source.read_text(encoding="utf-8"))
    by_name = {name: _dataset(name, table, threshold) for name, table in tables.items()}
    defaults = [name for name, table in tables.items() if table.get("default")]
    if len(defaults) != 1:
        raise ValueError(f"{source.name}: exactly one dataset must be the default, not {defaults}")
    return Datasets(by_name, by_name[defaults[0]])


def _dataset(name: str, table: dict[str, Any], threshold: Decimal) -> Dataset:
    if not _NAME.fullmatch(name) or len(name) > 40:
        raise ValueError(f"dataset {name!r}: a name is a-z, 0-9, '.', '_' and '-', 40 at the most")
    unknown = set(table) - {"default", "threshold", "flags", *_TEXTS}
    if unknown:
        raise ValueError(f"dataset {name}: unknown member {sorted(unknown)[0]!r}")
    texts = {}
    for member in _TEXTS:
        value = table.get(member)
        if not isinstance(value, str) or not value:
            raise ValueError(f"dataset {name}: {member} must be a text")
        texts[member] = value
    try:
        own = Decimal(str(table.get("threshold", threshold)))
    except InvalidOperation:
        own = Decimal("NaN")
    if not own.is_finite() or own < 0:
        raise ValueError(f"dataset {name}: threshold must be a number of at least 0")
    try:
        limits = flags.limits(table.get("flags", {}))
    except ValueError as error:
        raise ValueError(f"dataset {name}: {error}") from error
    return Dataset(name=name, threshold=own, limits=limits, **texts)
