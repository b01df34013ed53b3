"""Members of datasets.toml that describe a dataset for catalogues, and the standards' needs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_CREATOR = ("name", "email", "url")
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?:[/:]\S*)?")
# Greatest absolute value of each number; of the depth, that of the deepest sea in metres.
_NUMBERS = {"latitude": 90, "longitude": 180, "depth": 11_000}
_TEXTS = ("institution", "project")
MEMBERS = (*_NUMBERS, *_TEXTS, "creator", "keywords")
# The members that each standard asks for, besides those that every dataset has.
STANDARDS = {
    "CF": ("latitude", "longitude"),
    "ACDD": (*MEMBERS, "licence", "source"),
}


@dataclass(frozen=True, slots=True)
class Description:
    """The description of a dataset for catalogues; None or empty for members not stated.

    Attributes:
        latitude, longitude: of a point that stands for the stations, in degrees north and east.
        depth: in metres, positive down.
        institution, project: where the readings come from.
        creator: name, email and url of the person or institution responsible for the dataset.
        keywords: for searches.
    """

    latitude: float | None = None
    longitude: float | None = None
    depth: float | None = None
    institution: str = ""
    project: str = ""
    creator: Mapping[str, str] | None = None
    keywords: tuple[str, ...] = ()


def parse_description(table: Mapping[str, Any]) -> Description:
    """Parse these members of a dataset's table; all are optional.

    Raises:
        ValueError: a member is malformed; the message names it.
    """
    members: dict[str, Any] = {name: table[name] for name in MEMBERS if name in table}
    for name, limit in _NUMBERS.items():
        if name in members:
            members[name] = _parse_number(name, members[name], limit)
    for name in _TEXTS:
        if name in members:
            _check_text(name, members[name])
    if "creator" in members:
        _check_creator(members["creator"])
    if "keywords" in members:
        members["keywords"] = _parse_keywords(members["keywords"])
    if ("latitude" in members) != ("longitude" in members):
        raise ValueError("latitude and longitude need each other")
    return Description(**members)


def table_ids(name: str) -> tuple[str, str]:
    """Return the ids of a dataset's two tables, the readings and the monthly figures."""
    # Ids are names in programs: letters, digits and '_' only.
    table_id = re.sub(r"[.-]", "_", name)
    return table_id, f"{table_id}_monthly"


def _parse_number(name: str, value: Any, limit: float) -> float:
    # No comparison holds for nan.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) <= limit:
        raise ValueError(f"{name} must be a number from -{limit} to {limit}")
    return float(value)


def _check_text(name: str, value: Any) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be a text")


def _check_creator(value: Any) -> None:
    if not isinstance(value, dict) or set(value) != set(_CREATOR):
        raise ValueError(f"creator must be a table of {', '.join(_CREATOR)}")
    for name in _CREATOR:
        _check_text(f"creator: {name}", value[name])
    if not _URL.fullmatch(value["url"]):
        raise ValueError("creator: url must begin with http:// or https://")


def _parse_keywords(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("keywords must be a list of texts")
    for keyword in value:
        _check_text("keywords: each", keyword)
    return tuple(value)
