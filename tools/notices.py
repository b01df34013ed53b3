"""Generate the notices of the packages that the image and the functions ship: `make notices`.

The packages are those of the lock files, and their texts those of the installed packages.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement

from cli.console import Failure, err, out

ROOT = Path(__file__).resolve().parent.parent
NOTICES = ROOT / "functions" / "page" / "notices.txt"
REQUIREMENTS = ("functions/requirements.txt", "ecs/requirements.txt")
LIBRARIES = ROOT / "ecs" / "libraries"
# Licences under which a package may be part of a work under Apache-2.0: category A of the Apache
# Software Foundation, https://www.apache.org/legal/resolved.html
COMPATIBLE = {
    "Apache-2.0", "MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "PSF-2.0", "Python-2.0",
    "0BSD", "Zlib", "Unlicense",
}  # fmt: skip
# Texts of metadata that are no SPDX expression.
_SPDX = {"Apache 2.0": "Apache-2.0"}
# Packages whose metadata has no licence, read in the package's own licence file.
_STATED_IN_FILE = {"aiodynamo": "Apache-2.0"}
_FILES = re.compile(r"(?i)(licen[cs]e|notice|copying)")
_HEADER = """\
AquaSenseCloud is licensed under the Apache License, Version 2.0 (file LICENSE).
It ships the packages below, each under its own licence. The image also contains Python and
Debian; their licences are in the image, in /usr/local/lib/python3.13/LICENSE.txt and
/usr/share/doc/*/copyright.
"""


@dataclass(frozen=True, slots=True)
class Package:
    """A shipped package: its licence as an SPDX expression, and the texts of its files."""

    name: str
    version: str
    licence: str
    texts: tuple[str, ...]


def main() -> None:
    """Write the notices.

    Raises:
        Failure: a package has an unknown or incompatible licence, or is not installed as locked.
    """
    packages = list(list_packages())
    for package in packages:
        check_licence(package.name, package.licence)
    NOTICES.write_text(render_notices(packages), encoding="utf-8")
    out.print(f"{NOTICES.relative_to(ROOT)}: {len(packages)} packages", markup=False)


def list_packages() -> Iterator[Package]:
    """Yield the locked packages, in order of name."""
    for name, version in sorted(list_locked().items()):
        if name in _read_libraries():
            yield _read_library(name, version)
        else:
            yield _read_distribution(name, version)


def list_locked() -> dict[str, str]:
    """Return the version of each package in the lock files, by name."""
    locked = {}
    for file in REQUIREMENTS:
        for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
            if line[:1].isalnum():
                requirement = Requirement(line.rstrip("\\ "))
                (specifier,) = requirement.specifier
                locked[requirement.name] = specifier.version
    return locked | _read_libraries()


def check_licence(name: str, licence: str) -> None:
    """Check that a licence, an SPDX expression, is compatible with Apache-2.0.

    Raises:
        Failure: it is not, or it is unknown.
    """
    try:
        expression = canonicalize_license_expression(licence)
    except InvalidLicenseExpression:
        raise Failure(f"{name} has the unknown licence {licence!r}: see tools/notices.py") from None
    # AND binds stronger than OR. Parentheses would need a parser: refuse them.
    choices = [choice.split(" AND ") for choice in expression.split(" OR ")]
    if not any(COMPATIBLE.issuperset(choice) for choice in choices):
        raise Failure(f"{name} has the licence {expression}, which is not compatible: replace it")


def render_notices(packages: list[Package]) -> str:
    """Return the notices; a text of several packages is printed once."""
    owners: dict[str, list[str]] = {}
    for package in packages:
        for text in package.texts:
            owners.setdefault(text, []).append(package.name)
    table = "\n".join(f"{p.name} {p.version}  {p.licence}" for p in packages)
    parts = [f"{', '.join(names)}\n{'-' * 80}\n{text}" for text, names in owners.items()]
    rule = "=" * 80
    return f"\n{rule}\n".join([f"{_HEADER}\n{table}\n", *parts])


def _read_distribution(name: str, version: str) -> Package:
    package = distribution(name)
    if package.version != version:
        raise Failure(f"{name} {version} is not installed: run make notices")
    paths = [path for path in package.files or () if ".dist-info/" in str(path)]
    texts = (path.read_text() for path in paths if _FILES.match(path.name))
    return Package(name, version, _read_licence(name, package), tuple(map(_tidy, texts)))


def _read_licence(name: str, package: Distribution) -> str:
    metadata = package.metadata
    stated = metadata.get("License-Expression") or metadata.get("License") or ""
    return _SPDX.get(stated, stated) or _STATED_IN_FILE.get(name, "not stated")


def _read_libraries() -> dict[str, str]:
    """Return the version of each library of the page; what they depend on is not shipped."""
    names = json.loads((LIBRARIES / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lock = json.loads((LIBRARIES / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return {name: lock[f"node_modules/{name}"]["version"] for name in names}


def _read_library(name: str, version: str) -> Package:
    folder = LIBRARIES / "node_modules" / name
    about = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    if about["version"] != version:
        raise Failure(f"{name} {version} is not installed: run make libraries")
    # With the notices of what is bundled into the file that the page loads.
    paths = [folder / "LICENSE", folder / "NOTICE", folder / "swagger-ui-bundle.js.LICENSE.txt"]
    texts = (path.read_text(encoding="utf-8") for path in paths if path.is_file())
    return Package(name, version, about["license"], tuple(map(_tidy, texts)))


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        err.print(str(failure), markup=False)
        sys.exit(failure.code)
