"""Select files by name and folder."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aquasense.csvfile.decode import FileLimits, UnreadableFile, decode_blocks
from cli.console import Failure

ENDINGS = (".csv", ".csv.gz")
GZIP = b"\x1f\x8b"
type Part = tuple[int, int, str]


@dataclass(slots=True)
class Selection:
    """The selected files, and the skipped paths with the reason."""

    files: list[Path] = field(default_factory=list)
    skipped: list[tuple[Path, str]] = field(default_factory=list)


def select_files(
    paths: Sequence[Path], datasets: Collection[str] = (), dataset: str = ""
) -> Selection:
    """Select files; of a folder, the CSV files in it and below.

    A named file is selected whatever its ending. Folders, and names in the order in which a shell
    expands a pattern, give natural order: 'part_10' comes after 'part_2'.

    Args:
        paths: files and folders.
        datasets: names of datasets. A folder named after another dataset most likely holds its
            files, so it is skipped.
        dataset: the dataset of the files.

    Raises:
        Failure: a path does not exist or cannot be read.
    """
    selection = Selection()
    others = set(datasets) - {dataset}
    expanded = list(paths) in (sorted(paths), sorted(paths, key=lambda path: str(path).casefold()))
    for path in sorted(paths, key=natural_sort_key) if expanded else paths:
        with _named(path):
            _select_path(path, others, selection)
    for path in selection.files:
        with _named(path), path.open("rb"):
            pass
    return selection


def require_sizes(paths: Iterable[Path], limits: FileLimits) -> None:
    """Check that no file is over the size limit, after decompression.

    Raises:
        Failure: one is.
    """
    for path in paths:
        if path.stat().st_size > limits.size or _is_too_large_decompressed(path, limits):
            raise Failure(f"{path}: the file is larger than {limits.size:,} bytes", 2)


def natural_sort_key(path: Path) -> list[list[Part]]:
    """Return a sort key that compares numbers within names as numbers."""
    return [
        [
            (0, int(part), "") if part.isdecimal() else (1, 0, part)
            for part in re.split(r"(\d+)", name)
        ]
        for name in path.parts
    ]


def is_hidden(path: Path) -> bool:
    """Return whether a file or folder is hidden."""
    return path.name.startswith(".")


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn an error of the file system into a Failure that names the path."""
    try:
        yield
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}", 2) from error


def _is_too_large_decompressed(path: Path, limits: FileLimits) -> bool:
    with path.open("rb") as stream:
        if stream.read(2) != GZIP:
            return False
        stream.seek(0)
        try:
            for _ in decode_blocks(stream, limits):
                pass
        except UnreadableFile as error:
            # Of other reasons the receipt tells.
            return error.code == "too_large"
    return False


def _select_path(path: Path, others: Collection[str], selection: Selection) -> None:
    if path.is_file():
        selection.files.append(path)
        return
    before = len(selection.files)
    skipped: list[tuple[Path, str]] = []
    if path.is_dir():
        _add_folder(path, others, selection.files, skipped)
    if len(selection.files) == before:
        problem = "no CSV file there" if path.exists() else "no such file or folder"
        shown = "; ".join(f"{path.name} is left out: {reason}" for path, reason in skipped[:3])
        more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
        raise Failure(f"{path}: {problem}{f' ({shown}{more})' if shown else ''}", 2)
    selection.skipped += skipped


def _add_folder(
    folder: Path, others: Collection[str], files: list[Path], skipped: list[tuple[Path, str]]
) -> None:
    """Add the entries of a folder and below to the files or to the skipped paths."""
    if folder.resolve().name in others:
        how = f"--dataset {folder.resolve().name} {folder}"
        skipped.append((folder, f"this folder is named as a dataset; upload it with {how}"))
        return
    for path in sorted(_entries(folder, skipped), key=natural_sort_key):
        if is_hidden(path):
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
