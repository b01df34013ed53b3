"""Select files by name, folder and pattern, and assign each its key."""

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.console import Failure

ENDINGS = (".csv", ".csv.gz")
type Part = tuple[int, int, str]


@dataclass(slots=True)
class Selection:
    """The selected files, and the skipped paths with the reason."""

    files: list[Path] = field(default_factory=list)
    skipped: list[tuple[Path, str]] = field(default_factory=list)


def select_files(text: str, datasets: Collection[str] = (), dataset: str = "") -> Selection:
    """Select the files of a list; of a folder, the CSV files in it and below.

    The list is split as by a shell. A file that is named or matched by a pattern is selected
    whatever its ending. Patterns and folders give natural order: 'part_10' comes after 'part_2'.

    Args:
        text: the list.
        datasets: names of datasets. A folder named after another dataset most likely holds its
            files, so it is skipped.
        dataset: the dataset of the files.

    Raises:
        Failure: a path does not exist.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Failure(f"FILES cannot be read: {error}", 2) from error
    selection = Selection()
    others = set(datasets) - {dataset}
    for word in words:
        _select_word(word, others, selection)
    return selection


def assign_keys(paths: Sequence[Path], dataset: str = "") -> list[tuple[Path, str]]:
    """Return each file with its key: its name, below the dataset's if one is set.

    Local folders are not part of the key: in the bucket the first folder names a dataset.

    Raises:
        Failure: two files have the same key. The later one would replace the earlier one, and
            deleting it would withdraw both.
    """
    prefix = f"{dataset}/" if dataset else ""
    by_key: dict[str, Path] = {}
    for path in paths:
        earlier = by_key.setdefault(prefix + path.name, path)
        if earlier.resolve() != path.resolve():
            raise Failure(
                f"{earlier} and {path} would both be {prefix + path.name} in the bucket: rename "
                "one, or put one after the other if the second is meant to replace the first",
                2,
            )
    return [(path, prefix + path.name) for path in paths]


def natural_sort_key(path: Path) -> list[list[Part]]:
    """Return a sort key that compares numbers within names as numbers."""
    return [
        [
            (0, int(part), "") if part.isdecimal() else (1, 0, part)
            for part in re.split(r"(\d+)", name)
        ]
        for name in path.parts
    ]


def _select_word(word: str, others: Collection[str], selection: Selection) -> None:
    path = Path(word).expanduser()
    if path.is_file():
        selection.files.append(path)
        return
    if path.is_dir():
        matches = [path]
    else:
        matches = sorted(path.parent.glob(path.name), key=natural_sort_key) if path.name else []
    before = len(selection.files)
    skipped: list[tuple[Path, str]] = []
    for match in matches:
        if match != path and _is_hidden(match) and not path.name.startswith("."):
            skipped.append((match, "hidden"))
        elif match.is_dir():
            _add_folder(match, others, selection.files, skipped)
        elif match.is_file():
            selection.files.append(match)
    if len(selection.files) == before:
        problem = "no CSV file there" if matches else "no such file or folder"
        shown = "; ".join(f"{path.name} is left out: {reason}" for path, reason in skipped[:3])
        more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
        raise Failure(f"{word}: {problem}{f' ({shown}{more})' if shown else ''}", 2)
    selection.skipped += skipped


def _add_folder(
    folder: Path, others: Collection[str], files: list[Path], skipped: list[tuple[Path, str]]
) -> None:
    """Add the entries of a folder and below to the files or to the skipped paths."""
    if folder.resolve().name in others:
        how = f"DATASET={folder.resolve().name} FILES={folder}"
        skipped.append((folder, f"this folder is named as a dataset; put it with {how}"))
        return
    for path in sorted(_entries(folder, skipped), key=natural_sort_key):
        if _is_hidden(path):
            skipped.append((path, "hidden"))
        elif path.is_dir() and not path.is_symlink():
            _add_folder(path, others, files, skipped)
        elif not path.is_file():
            skipped.append((path, "a link to a folder" if path.is_dir() else "this is no file"))
        elif not path.name.lower().endswith(ENDINGS):
            skipped.append((path, "its name does not end in .csv or .csv.gz"))
        else:
            files.append(path)


def _entries(folder: Path, skipped: list[tuple[Path, str]]) -> Iterator[Path]:
    try:
        yield from folder.iterdir()
    except OSError as error:
        skipped.append((folder, f"it cannot be looked into: {error.strerror}"))


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".")
