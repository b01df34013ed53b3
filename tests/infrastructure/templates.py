"""The parsed templates, and their resources evaluated for a set of parameters."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from cli.aws.template import Loader
from tests.support import ROOT

PATHS = {
    path.stem: path
    for pattern in ("*.yaml", "ecs/*.yaml", "stacks/*.yaml")
    for path in sorted(ROOT.glob(pattern))
    if path.read_text(encoding="utf-8").startswith("AWSTemplateFormatVersion")
}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PATHS.items()}
PARSED: dict[str, dict[str, Any]] = {name: yaml.load(text, Loader) for name, text in TEXTS.items()}
REMOVED = object()
PSEUDO = {
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "aquasense-test",
    "AWS::NoValue": REMOVED,
}


def properties(name: str, logical: str) -> dict[str, Any]:
    """Return the properties of a resource, unevaluated."""
    result: dict[str, Any] = PARSED[name]["Resources"][logical]["Properties"]
    return result


def resources(kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (template, logical id, resource) of the resources of a type."""
    for name, parsed in PARSED.items():
        for logical, resource in parsed["Resources"].items():
            if resource["Type"] == kind:
                yield name, logical, resource


def functions() -> dict[str, dict[str, Any]]:
    """Return the functions of the root template, by the name of the service they run."""
    return {
        logical.removesuffix("Function"): resource["Properties"]
        for logical, resource in PARSED["template"]["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


class Stack:
    """A template evaluated for the values of its parameters."""

    def __init__(self, name: str, **parameters: Any) -> None:
        self._parsed = PARSED[name]
        declared = self._parsed.get("Parameters", {})
        assert parameters.keys() <= declared.keys()
        self._values = PSEUDO | {
            key: parameters.get(key, parameter.get("Default", f"<{key}>"))
            for key, parameter in declared.items()
        }

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Return the resources whose condition is true, by logical id."""
        return {
            logical: resource
            for logical, resource in self._parsed["Resources"].items()
            if self.holds(resource.get("Condition"))
        }

    def properties(self, logical: str) -> dict[str, Any]:
        """Return the properties of a resource, with intrinsic functions evaluated."""
        result: dict[str, Any] = self.value(self.resources[logical]["Properties"])
        return result

    def holds(self, condition: str | None) -> bool:
        """Return True if a condition of the template is true."""
        return condition is None or bool(self.value(self._parsed["Conditions"][condition]))

    def value(self, content: Any) -> Any:
        """Evaluate the intrinsic functions in a part of the template."""
        if isinstance(content, list):
            return [value for part in content if (value := self.value(part)) is not REMOVED]
        if not isinstance(content, dict):
            return content
        if len(content) == 1:
            [(key, inner)] = content.items()
            match key:
                case "Ref":
                    return self._values.get(inner, f"<{inner}>")
                case "Condition" if isinstance(inner, str):
                    return self.holds(inner)
                case "Fn::If":
                    return self.value(inner[1] if self.holds(inner[0]) else inner[2])
                case "Fn::Equals":
                    left, right = self.value(inner)
                    return str(left) == str(right)
                case "Fn::Not":
                    return not self.value(inner[0])
                case "Fn::And":
                    return all(self.value(inner))
                case "Fn::Or":
                    return any(self.value(inner))
                case "Fn::Sub" if isinstance(inner, str):
                    return re.sub(r"\$\{([^}]+)\}", lambda m: str(self._lookup(m[1])), inner)
                case "Fn::GetAtt":
                    return f"<{inner if isinstance(inner, str) else '.'.join(inner)}>"
        values = {key: self.value(inner) for key, inner in content.items()}
        return {key: inner for key, inner in values.items() if inner is not REMOVED}

    def _lookup(self, name: str) -> Any:
        return self._values.get(name, f"<{name}>")
