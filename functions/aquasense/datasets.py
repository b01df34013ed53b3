"""The datasets configured in datasets.toml, and the dataset of an object's key."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from aquasense.figures import completeness
from aquasense.metadata.description import MEMBERS, Description, parse_description, table_ids
from aquasense.quality.limits import QualityLimits, parse_limits

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_TEXTS = ("title", "unit", "symbol", "standard_name")
_OPTIONAL_TEXTS = ("source", "licence", "title_es")
_OTHERS = ("default", "threshold", "silence_days", "flags", "complete")
# Prefixes of other partitions of the table (adapters.items).
_RESERVED = ("uploads", "alerts", "sent")
_STANDARD_NAME = re.compile(r"[a-z][a-z0-9_]*")
NOT_STATED = "not stated"
SOURCE = Path(__file__).resolve().parent.parent / "datasets.toml"


class UnknownDataset(ValueError):
    """No dataset of this name is configured."""

    def __init__(self, name: str, configured: list[str]) -> None:
        self.name, self.configured = name, ", ".join(configured)
        super().__init__(f"there is no dataset {name!r}; there is: {self.configured}")


@dataclass(frozen=True, slots=True)
class Dataset:
    """The configuration of one series of readings.

    Attributes:
        name: the first folder of its objects' keys.
        title, title_es: in English and Spanish; datasets without title_es have the title twice.
        unit, symbol: of mean and deviation, as UDUNITS writes it and as people read it.
        standard_name: CF standard name.
        threshold: a strictly greater deviation alerts; in the dataset's unit.
        limits: of the quality tests.
        source, licence: of the readings.
        complete: requirements of a complete month.
        silence_days: greatest number of days without a new reading before the alarm; None is the
            deployment's number, 0 disables the alarm.
        description: for catalogues.
    """

    name: str
    title: str
    unit: str
    symbol: str
    standard_name: str
    threshold: Decimal
    limits: QualityLimits
    source: str = NOT_STATED
    licence: str = NOT_STATED
    complete: completeness.CompletenessRule = completeness.CompletenessRule()
    title_es: str = ""
    silence_days: int | None = None
    description: Description = Description()


@dataclass(frozen=True, slots=True)
class Datasets:
    """All configured datasets by name, and the default for keys without a folder."""

    by_name: dict[str, Dataset]
    default: Dataset

    def get(self, name: str) -> Dataset:
        """Return the dataset of this name.

        Raises:
            UnknownDataset: it is not configured.
        """
        try:
            return self.by_name[name]
        except KeyError:
            raise UnknownDataset(name, sorted(self.by_name)) from None

    def for_key(self, key: str) -> Dataset:
        """Return the dataset that the first folder of an object's key names.

        Raises:
            UnknownDataset: the first folder names no configured dataset.
        """
        folder, slash, _ = key.partition("/")
        return self.get(folder) if slash else self.default


def load_datasets(threshold: Decimal, source: Path = SOURCE) -> Datasets:
    """Load the datasets.

    Args:
        threshold: for datasets without their own, in the dataset's unit.
        source: the TOML file.

    Raises:
        ValueError: a member is missing, unknown or malformed; the message names it and the
            dataset.
    """
    tables = tomllib.loads(source.read_text(encoding="utf-8"))
    by_name = {name: _parse_dataset(name, table, threshold) for name, table in tables.items()}
    defaults = [name for name, table in tables.items() if table.get("default")]
    if len(defaults) != 1:
        raise ValueError(f"{source.name}: exactly one dataset must be the default, not {defaults}")
    _check_table_ids(by_name)
    return Datasets(by_name, by_name[defaults[0]])


def _parse_dataset(name: str, table: Any, threshold: Decimal) -> Dataset:
    if not _NAME.fullmatch(name) or len(name) > 40:
        raise ValueError(f"dataset {name!r}: a name is a-z, 0-9, '.', '_' and '-', 40 at the most")
    if name in _RESERVED:
        raise ValueError(f"dataset {name!r}: the name is taken for something else")
    if not isinstance(table, dict):
        raise ValueError(f"dataset {name}: must be a table")
    unknown = set(table) - {*_OTHERS, *_TEXTS, *_OPTIONAL_TEXTS, *MEMBERS}
    if unknown:
        raise ValueError(f"dataset {name}: unknown member {sorted(unknown)[0]!r}")
    try:
        return Dataset(
            name=name,
            threshold=_parse_threshold(table.get("threshold", threshold)),
            limits=parse_limits(table.get("flags", {})),
            complete=completeness.parse_rule(table.get("complete", {})),
            silence_days=_parse_silence_days(table.get("silence_days")),
            description=parse_description(table),
            **_parse_texts(table),
        )
    except ValueError as error:
        raise ValueError(f"dataset {name}: {error}") from error


def _check_table_ids(names: Iterable[str]) -> None:
    owners: dict[str, str] = {}
    for name in names:
        for table_id in table_ids(name):
            if (owner := owners.setdefault(table_id, name)) != name:
                raise ValueError(f"dataset {name}: has the table id {table_id!r}, as {owner} has")


def _parse_texts(table: dict[str, Any]) -> dict[str, str]:
    texts = {}
    for member in (*_TEXTS, *(member for member in _OPTIONAL_TEXTS if member in table)):
        value = table.get(member)
        if not isinstance(value, str) or not value:
            raise ValueError(f"{member} must be a text")
        texts[member] = value
    if not _STANDARD_NAME.fullmatch(texts["standard_name"]):
        raise ValueError("standard_name must be CF's: a-z, 0-9 and '_'")
    return {"title_es": texts["title"], **texts}


def _parse_threshold(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise ValueError("threshold must be a number of at least 0")
    return number


def _parse_silence_days(value: Any) -> int | None:
    if value is not None and (type(value) is not int or value < 0):
        raise ValueError("silence_days must be a whole number of at least 0")
    return value
