"""Which commit is checked out: what images are tagged by."""

import subprocess

from tools.console import Failure
from tools.local_env import ROOT

# What an image is made of; a change elsewhere does not make its tag a lie.
SOURCES = ("ecs", "functions", ".dockerignore")


def tag() -> str:
    """The commit, and whether what an image is made of has changed since.

    Raises:
        Failure: this is no git repository.
    """
    commit = _git("rev-parse", "--short=12", "HEAD").strip()
    return f"{commit}-changed" if changed() else commit


def changed() -> list[str]:
    """Files an image is made of that are not as committed."""
    return _git("status", "--porcelain", "--", *SOURCES).splitlines()


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failure(
            "Images are tagged by commit, and this is no git repository: clone one"
        ) from error
    return done.stdout
