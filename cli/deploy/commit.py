"""The commit that is checked out, by which images are tagged."""

import subprocess

from cli.console import Failure
from cli.environment import ROOT

# The sources of an image; changes elsewhere do not affect its tag.
SOURCES = ("ecs", "functions", ".dockerignore", "LICENSE")


def tag() -> str:
    """Return the commit, with '-changed' if the sources of an image have changed since.

    Raises:
        Failure: this is no git repository.
    """
    commit = _git("rev-parse", "--short=12", "HEAD").strip()
    return f"{commit}-changed" if changed() else commit


def changed() -> list[str]:
    """Return the sources of an image that differ from the commit."""
    return _git("status", "--porcelain", "--", *SOURCES).splitlines()


def _git(*arguments: str) -> str:
    try:
        process = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failure(
            "Images are tagged by commit, and this is no git repository: clone it"
        ) from error
    return process.stdout
