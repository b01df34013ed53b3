"""Which files somebody means who names files, folders and patterns, and the key each goes under."""

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.console import Failure

ENDINGS = (".csv", ".csv.gz")
type Part = tuple[int, int, str]


@dataclass(slots=True)
class Chosen:
    """The files that were meant, and what was passed over on the way to them, with the reason."""

    files: list[Path] = field(default_factory=list)
    left_out: list[tuple[Path, str]] = field(default_factory=list)


def named(text: str, datasets: Collection[str] = (), dataset: str = "") -> Chosen:
    """The files of a list as a shell would split it; of a folder, the CSV files in it and below.

    A file that is named, or that a pattern matches, is meant whatever it is called. Patterns and
    folders give natural order: in a history 'part_10' comes after 'part_2'.

    Args:
        text: the list.
        datasets: names of datasets. A folder of such a name most likely holds that dataset's
            files, so nothing of it is taken for another one's.
        dataset: where the files are to go.

    Raises:
        Failure: something named is not there; nothing has happened yet.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Failure(f"FILES cannot be read: {error}", 2) from error
    chosen = Chosen()
    others = set(datasets) - {dataset}
    for word in words:
        _choose(word, others, chosen)
    return chosen


def keyed(paths: Sequence[Path], dataset: str = "") -> list[tuple[Path, str]]:
    """Each file with the key it goes under: its name, below the dataset's if one is given.

    The folders of this machine are no part of it: in the bucket the first folder names a dataset.

    Raises:
        Failure: two files have one key. The later would replace the earlier in the bucket, and
            deleting it later would take back what both said.
    """
    prefix = f"{dataset}/" if dataset else ""
    known: dict[str, Path] = {}
    for path in paths:
        earlier = known.setdefault(prefix + path.name, path)
        if earlier.resolve() != path.resolve():
            raise Failure(
                f"{earlier} and {path} would both be {prefix + path.name} in the bucket: rename "
                "one, or put one after the other if the second is meant to replace the first",
                2,
            )
    return [(path, prefix + path.name) for path in paths]


def natural(path: Path) -> list[list[Part]]:
    """A sort key under which numbers within names count as numbers."""
    return [
        [
            (0, int(part), "") if part.isdecimal() else (1, 0, part)
            for part in re.split(r"(\d+)", name)
        ]
        for name in path.parts
    ]


def _choose(word: str, others: Collection[str], chosen: Chosen) -> None:
    path = Path(word).expanduser()
    if path.is_file():
        chosen.files.append(path)
        return
    if path.is_dir():
        found = [path]
    else:
        found = sorted(path.parent.glob(path.name), key=natural) if path.name else []
    before = len(chosen.files)
    passed: list[tuple[Path, str]] = []
    for one in found:
        if one != path and _hidden(one) and not path.name.startswith("."):
            passed.append((one, "hidden"))
        elif one.is_dir():
            _within(one, others, chosen.files, passed)
        elif one.is_file():
            chosen.files.append(one)
    if len(chosen.files) == before:
        what = "no CSV file there" if found else "no such file or folder"
        shown = "; ".join(f"{one.name} is left out: {why}" for one, why in passed[:3])
        more = f"; and {len(passed) - 3} more" if len(passed) > 3 else ""
        raise Failure(f"{word}: {what}{f' ({shown}{more})' if shown else ''}", 2)
    chosen.left_out += passed


def _within(
    folder: Path, others: Collection[str], files: list[Path], passed: list[tuple[Path, str]]
) -> None:
    """Sort what is in a folder and below it into files and what is passed over."""
    if folder.resolve().name in others:
        how = f"DATASET={folder.resolve().name} FILES={folder}"
        passed.append((folder, f"this folder is named as a dataset; put it with {how}"))
        return
    for path in sorted(_entries(folder, passed), key=natural):
        if _hidden(path):
            passed.append((path, "hidden"))
        elif path.is_dir() and not path.is_symlink():
            _within(path, others, files, passed)
        elif not path.is_file():
            passed.append((path, "a link to a folder" if path.is_dir() else "this is no file"))
        elif not path.name.lower().endswith(ENDINGS):
            passed.append((path, "its name does not end in .csv or .csv.gz"))
        else:
            files.append(path)


def _entries(folder: Path, passed: list[tuple[Path, str]]) -> Iterator[Path]:
    try:
        yield from folder.iterdir()
    except OSError as error:
        passed.append((folder, f"it cannot be looked into: {error.strerror}"))


def _hidden(path: Path) -> bool:
    return path.name.startswith(".")
