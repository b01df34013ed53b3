"""Read template.yaml: its parameters and its resources."""

import difflib
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import yaml

from cli.console import Failure
from cli.environment import ROOT


class Loader(yaml.CSafeLoader):
    """Load CloudFormation's short forms as long ones: !Ref X becomes {"Ref": "X"}."""


def _construct(loader: Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any = None
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _construct)


@cache
def load() -> dict[str, Any]:
    """Return template.yaml, parsed."""
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    template: dict[str, Any] = yaml.load(text, Loader)
    return template


def parse_settings(settings: Iterable[str]) -> dict[str, str]:
    """Parse NAME=VALUE pairs and check them against the parameters of template.yaml.

    Raises:
        Failure: a name does not exist, or its value is not allowed.
    """
    parameters = load()["Parameters"]
    values: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name:
            raise Failure(f"--set takes NAME=VALUE, not {setting!r}", 2)
        if name not in parameters:
            nearest = _find_nearest(name, parameters)
            hint = f"; the nearest is {nearest}" if nearest else ""
            raise Failure(f"template.yaml has no parameter {name}{hint}", 2)
        _check_value(name, value, parameters[name])
        values[name] = value
    return values


def _find_nearest(name: str, names: Iterable[str]) -> str | None:
    by_lower = {each.lower(): each for each in names}
    nearest = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return by_lower[nearest[0]] if nearest else None


def _check_value(name: str, value: str, parameter: dict[str, Any]) -> None:
    allowed = [str(each) for each in parameter.get("AllowedValues", [])]
    if allowed and value not in allowed:
        raise Failure(f"{name} is one of {', '.join(allowed)}, not {value!r}", 2)
    if not re.fullmatch(parameter.get("AllowedPattern", "(?s:.*)"), value):
        raise Failure(f"{name} {parameter['ConstraintDescription']}, not {value!r}", 2)
    if parameter["Type"] == "Number" and not re.fullmatch(r"-?\d+(\.\d+)?", value):
        raise Failure(f"{name} is a number, not {value!r}", 2)
