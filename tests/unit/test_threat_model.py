"""The threat model names tests that exist."""

import ast
import re

import pytest

from tests.support import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_named_test_exists(path, name):
    tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_protection_names_a_test():
    _, _, doors = PAGE.partition("\n## Doors\n")
    rows = [line for line in doors.splitlines() if line.count(" | ") == 2 and "---" not in line]
    protections = [row for row in rows if not row.startswith("| protected |")]
    assert len(protections) > 20
    assert [row for row in protections if "::test_" not in row] == []
