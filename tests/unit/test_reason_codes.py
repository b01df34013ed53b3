"""The codes of reasons are a promise: what the code can say and what docs/files.md lists agree."""

import ast
import re

from aquasense.decoding import NOT_CSV
from tests.support import ROOT


def said():
    """Every code that a rejection can carry, from the source."""
    codes = {code for _, code, _ in NOT_CSV}
    for path in (ROOT / "functions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                position = {"Refused": 0, "Unreadable": 0, "Rejection": 2}.get(node.func.id)
                given = node.args[position : position + 1] if position is not None else []
                codes |= {one.value for one in given if isinstance(one, ast.Constant)}
    return codes


def test_every_code_is_documented_and_every_documented_code_exists():
    page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    reasons = page[page.index("## Reasons") : page.index("## Large files")]
    listed = re.findall(r"^\| `(\w+)` \|", reasons, re.MULTILINE)
    assert sorted(listed) == sorted(said())
    assert len(listed) > 20
