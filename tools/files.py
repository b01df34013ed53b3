"""Which files somebody means who names files, folders and patterns."""

import re
import shlex
from pathlib import Path

from tools.console import Failure

PATTERNS = ("*.csv", "*.csv.gz")


def named(text: str) -> list[Path]:
    """The files of a list as a shell would split it; of a folder, its CSV files.

    Patterns and folders give natural order: in a history 'part_10' comes after 'part_2'.

    Raises:
        Failure: something named is not there; nothing has happened yet.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Failure(f"FILES cannot be read: {error}", 2) from error
    return [file for word in words for file in _files(word)]


def _files(word: str) -> list[Path]:
    path = Path(word).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        found = [file for pattern in PATTERNS for file in path.glob(pattern) if file.is_file()]
        if not found:
            raise Failure(f"{word}: no CSV file in this folder", 2)
        return sorted(found, key=natural)
    found = [file for file in path.parent.glob(path.name) if file.is_file()] if path.name else []
    if not found:
        raise Failure(f"{word}: no such file or folder", 2)
    return sorted(found, key=natural)


def natural(path: Path) -> list[tuple[int, int, str]]:
    """A sort key under which numbers within names count as numbers."""
    parts = re.split(r"(\d+)", path.name)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
