"""The replication guide names only make targets, parameters and outputs that exist."""

import re

from tests.infrastructure.templates import PARSED, PATHS
from tests.support import ROOT

GUIDE = (ROOT / "docs/replication.md").read_text(encoding="utf-8")
README = "README.md"
FOLDERS = {
    folder: (ROOT / folder / "README.md").read_text(encoding="utf-8")
    for folder in ("ecs", "stacks")
}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
VERBS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
# Variables of make, not parameters of the template.
VARIABLES = {
    *("ENV", "SET", "IMAGE", "YES", "FILES", "URL", "USERS", "SECONDS", "HEADLESS", "ACCOUNT"),
    *("ROLE", "UPGRADE"),
}


def test_every_make_target_in_the_guide_exists() -> None:
    called = {
        word
        for line in re.findall(r"make ([a-z][^`\n]*)", GUIDE)
        for word in line.split()
        if re.fullmatch(r"[a-z-]+", word)
    }
    verbs = {word for word in called if word in VERBS}

    assert {"bootstrap", "image", "push", "deploy", "destroy", "upload", "load"} <= verbs
    for first in re.findall(r"`make ([a-z-]+)", GUIDE):
        assert first in VERBS, first


def test_every_parameter_in_the_guide_exists() -> None:
    parameters = PARSED["template"]["Parameters"].keys()
    named = set(re.findall(r"\b([A-Z]\w+)=", GUIDE + FOLDERS["ecs"])) | set(
        re.findall(r"`(SignIn\w+)`", GUIDE)
    )

    assert len(named - VARIABLES) > 10
    assert named - VARIABLES <= parameters


def test_every_output_in_the_guide_exists() -> None:
    outputs = PARSED["template"]["Outputs"].keys()

    for name in re.findall(r"output `?\s*`(\w+)`", GUIDE):
        assert name in outputs, name


def test_the_readme_of_a_folder_lists_its_templates() -> None:
    for name, path in PATHS.items():
        if name != "template":
            assert f"`{path.name}`" in FOLDERS[path.parent.name], name
