"""Builds of the functions, one for each state of their sources."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from cli import sam
from cli.environment import LOCAL, ROOT

BUILDS = LOCAL / "builds"
# Templates refer to each other relative to the build, so all builds are at one depth.
SOURCES = ("template.yaml", "samconfig.toml", "stacks/*.yaml", "ecs/*.yaml", "functions/**/*")
KEPT = 3


def build(log_folder: Path, env: Mapping[str, str]) -> Path:
    """Return the folder of the build of the current sources, which is made where needed.

    Raises:
        Failure: `sam build` fails, or a dataset is wrong.
    """
    folder = BUILDS / _digest()
    with sam.lock(LOCAL / "build.lock"):
        if not (folder / "template.yaml").exists():
            draft = BUILDS / "draft"
            sam.build(draft, log_folder, env)
            shutil.rmtree(folder, ignore_errors=True)
            draft.replace(folder)
        os.utime(folder)
        _remove_old_builds()
    return folder


def _digest() -> str:
    """Return a digest of the names and contents of the sources."""
    digest = hashlib.sha256()
    for path in _sources():
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
    yield ROOT / "requirements/sam.txt"


def _remove_old_builds() -> None:
    builds = sorted(BUILDS.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in builds[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
