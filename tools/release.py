"""Print the notes of the version, or begin the next one (docs/releasing.md).

python -m tools.release          print the notes of the version, from CHANGELOG.md
python -m tools.release 1.1.0    set the version, and begin its section in CHANGELOG.md
"""

import re
import sys
from pathlib import Path

from aquasense import __version__
from cli.console import Failure, err, out

ROOT = Path(__file__).resolve().parent.parent
# Every place with the version: the file, and the line that has it. The first is the source.
PLACES = (
    ("functions/aquasense/__init__.py", '__version__ = "{}"'),
    ("CITATION.cff", "version: {}"),
    ("CHANGELOG.md", "## [{}] - unreleased"),
)
_HEADING = re.compile(r"^## \[([^\]]+)\] - (unreleased|\d{4}-\d\d-\d\d)$", re.MULTILINE)
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def main(arguments: list[str]) -> None:
    """Print the notes of the version, or begin the version that is named.

    Raises:
        Failure: the section of the version is missing, or the version is not a newer one.
    """
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if not arguments:
        out.print(select_notes(changelog, __version__), markup=False, soft_wrap=True)
        return
    (version,) = arguments
    begun = {"CHANGELOG.md": begin_section(changelog, version)}
    for file, line in PLACES[:2]:
        text = (ROOT / file).read_text(encoding="utf-8")
        begun[file] = text.replace(line.format(__version__), line.format(version))
    for file, text in begun.items():
        (ROOT / file).write_text(text, encoding="utf-8")


def select_notes(changelog: str, version: str) -> str:
    """Return the text of a version's section.

    Raises:
        Failure: the changelog has no such section.
    """
    sections = _HEADING.split(changelog)
    for heading, text in zip(sections[1::3], sections[3::3], strict=True):
        if heading == version:
            return text.strip()
    raise Failure(f"CHANGELOG.md has no section of {version}")


def begin_section(changelog: str, version: str) -> str:
    """Return the changelog with an empty section of a newer version before all others.

    Raises:
        Failure: the version is not newer than the first section's, or that is not released.
    """
    first = _HEADING.search(changelog)
    if first is None or first[2] == "unreleased":
        raise Failure("The first section of CHANGELOG.md needs its date: release it first")
    if _parse(version) <= _parse(first[1]):
        raise Failure(f"{version} is not newer than {first[1]}")
    heading = f"{PLACES[2][1].format(version)}\n\n"
    return changelog[: first.start()] + heading + changelog[first.start() :]


def _parse(version: str) -> tuple[int, ...]:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise Failure(f"{version!r} is no version such as 1.1.0", 2)
    return tuple(map(int, match.groups()))


if __name__ == "__main__":
    try:
        main(sys.argv[1:2])
    except Failure as failure:
        err.print(str(failure), markup=False)
        sys.exit(failure.code)
