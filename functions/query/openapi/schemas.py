"""JSON schemas of the responses, completed from the registries of figures and tests."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aquasense.figures.registry import FIGURES
from aquasense.quality.registry import READING_TESTS

SOURCE = Path(__file__).with_name("schemas.json")
# A placeholder in schemas.json expands to its names: items of a list, or members of equal value.
_PLACEHOLDERS: dict[str, Sequence[str]] = {"$figures": tuple(FIGURES)}


def load_schemas() -> dict[str, Any]:
    """Return the schemas of the OpenAPI document by name."""
    schemas: dict[str, Any] = _expand(json.loads(SOURCE.read_text(encoding="utf-8")), _PLACEHOLDERS)
    verdicts = {test.name: {"enum": list(test.verdicts)} for test in READING_TESTS}
    schemas["Tests"] |= {"required": list(verdicts), "properties": verdicts}
    return schemas


def _expand(node: Any, names: Mapping[str, Sequence[str]]) -> Any:
    if isinstance(node, dict):
        return {
            name: _expand(value, names)
            for key, value in node.items()
            for name in names.get(key, (key,))
        }
    if isinstance(node, list):
        return [
            expanded
            for item in node
            for expanded in (names.get(item) if isinstance(item, str) else None)
            or (_expand(item, names),)
        ]
    return node
