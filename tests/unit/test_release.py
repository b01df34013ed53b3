"""The version and the licences: one value everywhere, and nothing shipped without its notice."""

import json
import re

import pytest
from click.testing import CliRunner

from aquasense import __version__
from aquasense.datasets import load_datasets
from cli import docker
from cli.console import Failure
from cli.deploy import image
from cli.main import aquasense
from query.openapi.document import build_document
from tests.support import ROOT
from tools import notices, release

CHANGELOG = """\
# Changelog

## [1.2.0] - 2026-12-01

### Added
- New.

## [1.1.0] - 2026-11-01
- Old.
"""


def test_every_place_has_the_version():
    for file, line in release.PLACES:
        text = (ROOT / file).read_text(encoding="utf-8")
        released = re.escape(line.format(__version__)).replace(
            "unreleased", r"(unreleased|\d{4}-\d\d-\d\d)"
        )
        assert re.search(f"^{released}$", text, re.MULTILINE), file
    first = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first is not None
    assert first[1] == __version__


def test_the_command_line_the_document_and_the_image_have_the_version(monkeypatch):
    printed = CliRunner().invoke(aquasense, ["--version"], prog_name="aquasense").output
    assert printed == f"aquasense {__version__}\n"

    information = build_document(load_datasets(1))["info"]
    assert information["version"] == __version__
    assert information["license"]["identifier"] == "Apache-2.0"

    built = []
    monkeypatch.setattr(docker, "require_engine", lambda: None)
    monkeypatch.setattr(docker, "run", lambda *arguments, **options: built.extend(arguments))
    image.build("image")
    assert f"VERSION={__version__}" in built
    labels = (ROOT / "ecs" / "Dockerfile").read_text(encoding="utf-8")
    assert 'org.opencontainers.image.version="${VERSION}"' in labels
    assert 'org.opencontainers.image.licenses="Apache-2.0"' in labels


def test_the_notes_of_a_version_are_its_section():
    assert release.select_notes(CHANGELOG, "1.2.0") == "### Added\n- New."
    assert release.select_notes(CHANGELOG, "1.1.0") == "- Old."
    with pytest.raises(Failure, match=r"no section of 1\.3\.0"):
        release.select_notes(CHANGELOG, "1.3.0")


def test_the_next_version_begins_before_all_others():
    begun = release.begin_section(CHANGELOG, "1.10.0")
    assert begun.index("## [1.10.0] - unreleased") < begun.index("## [1.2.0] - 2026-12-01")

    with pytest.raises(Failure, match="release it first"):
        release.begin_section(begun, "1.11.0")
    for version in ("1.2.0", "1.1.9", "2"):
        with pytest.raises(Failure):
            release.begin_section(CHANGELOG, version)


def test_every_shipped_package_has_its_notice():
    text = notices.NOTICES.read_text(encoding="utf-8")
    table = text.partition(f"\n{'=' * 80}\n")[0]
    rows = [line.split() for line in table.splitlines() if re.search(r" \d\S*  \w", line)]
    assert {name: version for name, version, *_ in rows} == notices.list_locked()
    for name, _, *licence in rows:
        notices.check_licence(name, " ".join(licence))
        assert re.search(rf"^(.+, )?{re.escape(name)}(, .+)?\n-{{80}}$", text, re.MULTILINE), name
    libraries = json.loads((ROOT / "ecs/libraries/package.json").read_text(encoding="utf-8"))
    assert libraries["dependencies"].keys() <= notices.list_locked().keys()


@pytest.mark.parametrize(
    ("licence", "message"),
    [
        ("GPL-3.0-or-later", "not compatible"),
        ("MIT AND LGPL-2.1-only", "not compatible"),
        ("not stated", "unknown licence"),
    ],
)
def test_an_unknown_or_incompatible_licence_is_refused(licence, message):
    with pytest.raises(Failure, match=message):
        notices.check_licence("package", licence)


def test_one_compatible_choice_is_enough():
    notices.check_licence("package", "GPL-3.0-or-later OR Apache-2.0 AND MIT")
