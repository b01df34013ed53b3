"""The guides name only make targets, parameters, outputs and templates that exist."""

import re

from tests.infrastructure.templates import PARSED, PATHS
from tests.support import ROOT

GUIDE = (ROOT / "docs/replication.md").read_text(encoding="utf-8")
FOLDERS = {
    folder: (ROOT / folder / "README.md").read_text(encoding="utf-8")
    for folder in ("ecs", "stacks")
}
# Variables of make, not parameters of the template.
VARIABLES = {
    *("ENV", "SET", "IMAGE", "YES", "FILES", "URL", "USERS", "SECONDS", "HEADLESS", "ACCOUNT"),
    *("ROLE", "UPGRADE"),
}


def test_every_target_parameter_and_output_in_the_guide_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`make ([a-z-]+)", GUIDE))
    parameters = set(re.findall(r"\b([A-Z]\w+)=", GUIDE + FOLDERS["ecs"])) - VARIABLES
    parameters |= set(re.findall(r"`(SignIn\w+)`", GUIDE))
    assert len(targets) > 5
    assert targets <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert len(parameters) > 10
    assert parameters <= PARSED["template"]["Parameters"].keys()
    outputs = set(re.findall(r"output `?\s*`(\w+)`", GUIDE))
    assert outputs <= PARSED["template"]["Outputs"].keys()


def test_the_readme_of_a_folder_lists_its_templates() -> None:
    for name, path in PATHS.items():
        if name != "template":
            assert f"`{path.name}`" in FOLDERS[path.parent.name], name
