"""Parse the expressions that this project sends to DynamoDB; any other fails."""

import re
from collections.abc import Callable, Mapping
from typing import Any

_MISSING = re.compile(r"attribute_not_exists\((#\w+)\)")
_PARTITION = re.compile(r"(#\w+) = (:\w+)(?: AND (.+))?")
_BETWEEN = re.compile(r"(#\w+) BETWEEN (:\w+) AND (:\w+)")
_BEGINS = re.compile(r"begins_with\((#\w+),\s?(:\w+)\)")


def evaluate_condition(
    condition: str, payload: Mapping[str, Any], item: Mapping[str, Any] | None
) -> bool:
    """Return True if the ConditionExpression holds for the stored item, None if there is none."""
    match = _MISSING.fullmatch(condition)
    assert match, f"the fake does not know the condition {condition!r}"
    name = payload["ExpressionAttributeNames"][match[1]]
    return item is None or name not in item


def parse_key_condition(payload: Mapping[str, Any]) -> tuple[str, Callable[[str], bool]]:
    """Return the partition of a Query and a predicate of its sort keys."""
    names = payload["ExpressionAttributeNames"]
    values = {name: value["S"] for name, value in payload["ExpressionAttributeValues"].items()}
    match = _PARTITION.fullmatch(payload["KeyConditionExpression"])
    assert match, f"the fake does not know {payload['KeyConditionExpression']!r}"
    assert names[match[1]] == "pk"
    partition, sort = values[match[2]], match[3]
    if sort is None:
        return partition, lambda _: True
    if between := _BETWEEN.fullmatch(sort):
        assert names[between[1]] == "sk"
        low, high = values[between[2]], values[between[3]]
        # DynamoDB compares UTF-8 bytes.
        return partition, lambda key: low.encode() <= key.encode() <= high.encode()
    begins = _BEGINS.fullmatch(sort)
    assert begins, f"the fake does not know {sort!r}"
    return partition, lambda key: key.startswith(values[begins[2]])
