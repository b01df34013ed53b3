"""Every rejection code and quality flag is documented and translated."""

import ast
import json
import re

from aquasense.csvfile.decode import NOT_CSV
from aquasense.quality import flags
from query import page_registry
from tests import support
from tests.support import ROOT, version

# Index of the argument with the code.
POSITIONS = {"InvalidField": 0, "UnreadableFile": 0, "Rejection": 2, "SerialDate": 2}


def rejection_codes():
    """Return the codes in the source of all functions."""
    codes = {code for _, code, _ in NOT_CSV}
    for path in (ROOT / "functions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                position = POSITIONS.get(node.func.id, len(node.args))
                arguments = node.args[position : position + 1]
                codes |= {code.value for code in arguments if isinstance(code, ast.Constant)}
    return codes


def test_the_documented_codes_are_those_of_the_source():
    page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    reasons = page[page.index("## Reasons") :]
    listed = re.findall(r"^\| `(\w+)` \|", reasons, re.MULTILINE)
    assert sorted(listed) == sorted(rejection_codes())
    assert len(listed) > 20


def test_the_page_has_a_spanish_text_for_every_code():
    page = (ROOT / "functions" / "page" / "sections" / "reasons.js").read_text(encoding="utf-8")
    translated = re.findall(r"^    (\w+): \{ text: \"", page, re.MULTILINE)
    assert sorted(translated) == sorted(rejection_codes())


def test_the_page_has_a_text_for_every_flag():
    module = page_registry.render_module(support.DATASETS)
    exported = re.search(r"^export const FLAGS = (.*);$", module, re.MULTILINE)
    assert exported
    verdicts = flags.evaluate([version("2022-12-01")], support.TEMPERATURE.limits)["2022-12-01"]
    # A gap is not a flag of the reading.
    flag_names = {*verdicts, "suspect", "fail"} - {"gap"}
    for texts in json.loads(exported[1]).values():
        assert texts.keys() == flag_names
        assert all(texts.values())
