"""The templates, parsed, and a way to say what they come to for given parameters."""

import re
from collections.abc import Iterator
from typing import Any

from tests.unit.test_template import TEMPLATES, template

PATHS = {path.stem: path for path in TEMPLATES}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PATHS.items()}
PARSED: dict[str, dict[str, Any]] = {name: template(path) for name, path in PATHS.items()}
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
    found: dict[str, Any] = PARSED[name]["Resources"][logical]["Properties"]
    return found


def every(kind: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every resource of a type, with the names of its template and its own."""
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
    """A template with its parameters given: which resources there are, and what they say."""

    def __init__(self, name: str, **parameters: Any) -> None:
        self._parsed = PARSED[name]
        known = self._parsed.get("Parameters", {})
        assert parameters.keys() <= known.keys()
        self._values = PSEUDO | {
            one: parameters.get(one, what.get("Default", f"<{one}>")) for one, what in known.items()
        }

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """Those whose condition holds."""
        return {
            logical: resource
            for logical, resource in self._parsed["Resources"].items()
            if self.holds(resource.get("Condition"))
        }

    def properties(self, logical: str) -> dict[str, Any]:
        """A resource's properties, with conditions and parameters worked out."""
        worked_out: dict[str, Any] = self.value(self.resources[logical]["Properties"])
        return worked_out

    def holds(self, condition: str | None) -> bool:
        return condition is None or bool(self.value(self._parsed["Conditions"][condition]))

    def value(self, content: Any) -> Any:
        if isinstance(content, list):
            return [one for part in content if (one := self.value(part)) is not REMOVED]
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
                    return re.sub(r"\$\{([^}]+)\}", lambda m: str(self._named(m[1])), inner)
                case "Fn::GetAtt":
                    return f"<{inner if isinstance(inner, str) else '.'.join(inner)}>"
        worked_out = {key: self.value(inner) for key, inner in content.items()}
        return {key: inner for key, inner in worked_out.items() if inner is not REMOVED}

    def _named(self, name: str) -> Any:
        return self._values.get(name, f"<{name}>")
