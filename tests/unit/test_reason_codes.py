"""The codes of reasons are a promise: what the code can say and what docs/files.md lists agree."""

import ast
import json
import re

from api.page import load_page
from aquasense.csvfile.decode import NOT_CSV
from aquasense.quality import flags
from query import page_registry
from tests import support
from tests.support import ROOT, version

# Where each of these calls has its code among its arguments.
POSITIONS = {"InvalidField": 0, "UnreadableFile": 0, "Rejection": 2}


def said():
    """Every code that a rejection can carry, from the source."""
    codes = {code for _, code, _ in NOT_CSV}
    for path in (ROOT / "functions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                position = POSITIONS.get(node.func.id)
                given = node.args[position : position + 1] if position is not None else []
                codes |= {one.value for one in given if isinstance(one, ast.Constant)}
    return codes


def test_every_code_is_documented_and_every_documented_code_exists():
    page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    reasons = page[page.index("## Reasons") : page.index("## Large files")]
    listed = re.findall(r"^\| `(\w+)` \|", reasons, re.MULTILINE)
    assert sorted(listed) == sorted(said())
    assert len(listed) > 20


def test_the_page_has_every_code_in_spanish():
    page = (ROOT / "ecs" / "api" / "page" / "reasons.js").read_text(encoding="utf-8")
    told = re.findall(r"^    (\w+): \{ text: \"", page, re.MULTILINE)
    assert sorted(told) == sorted(said())


def test_the_page_has_every_flag_in_words():
    page = load_page()[page_registry.PATH]
    exported = re.search(rb"^export const FLAGS = (.*);$", page.body, re.MULTILINE)
    assert exported
    verdicts = flags.evaluate([version("2022-12-01")], support.TEMPERATURE.limits)["2022-12-01"]
    # A gap says nothing about the value, so it is no flag.
    needed = {*verdicts, "suspect", "fail"} - {"gap"}
    for words in json.loads(exported[1]).values():
        assert words.keys() == needed
        assert all(words.values())
