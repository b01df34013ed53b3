"""The threat model and the guarantees name tests that exist."""

import ast
import re

import pytest

from tests.support import ROOT

GUARANTEES = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
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


def test_the_guarantees_name_tests_and_modules_that_exist():
    sources = {
        path: path.read_text(encoding="utf-8")
        for path in (ROOT / "tests").rglob("test_*.py")
        if "node_modules" not in path.parts
    }
    functions = set(re.findall(r"def (test_\w+)", "\n".join(sources.values())))
    modules = {path.name for path in sources}
    assert len(sources) > 50
    assert set(re.findall(r"`(test_\w+)`", GUARANTEES)) <= functions
    assert set(re.findall(r"`(?:\w+/)?(test_\w+\.py)`", GUARANTEES)) <= modules
