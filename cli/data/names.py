"""Names of files, folders, datasets and objects: which are allowed, and which are alike."""

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from aquasense.datasets import REVIEWS
from cli.console import Failure
from cli.data.files import is_hidden

# Most bytes of an S3 key.
KEY_BYTES = 1024
# Similarity from which a folder's name is taken for a dataset's with a typing error.
RESEMBLANCE = 0.8


def assign_keys(paths: Sequence[Path], dataset: str = "") -> list[tuple[Path, str]]:
    """Return each file with its key: its name, below the dataset's if one is set.

    Local folders are not part of the key: in the bucket the first folder names a dataset.

    Raises:
        Failure: a name cannot be a key, or two files have the same key. The later one would
            replace the earlier one, and deleting it would withdraw both.
    """
    prefix = f"{dataset}/" if dataset else ""
    by_key: dict[str, Path] = {}
    for path in paths:
        require_key(prefix + path.name)
        earlier = by_key.setdefault(prefix + path.name, path)
        if earlier.resolve() != path.resolve():
            raise Failure(
                f"{earlier} and {path} would both be {prefix + path.name} in the bucket: rename "
                "one, or put one after the other if the second is meant to replace the first",
                2,
            )
    return [(path, prefix + path.name) for path in paths]


def require_key(key: str) -> None:
    """Check that a text can be a key of the bucket.

    Raises:
        Failure: it is not UTF-8, has control characters, or is too long.
    """
    try:
        size = len(key.encode())
    except UnicodeEncodeError as error:
        shown = key.encode(errors="surrogateescape").decode(errors="backslashreplace")
        raise Failure(f"{shown}: the name is not UTF-8: rename the file", 2) from error
    if any(unicodedata.category(character) == "Cc" for character in key):
        raise Failure(f"{key!r}: the name has a control character: rename the file", 2)
    if size > KEY_BYTES:
        raise Failure(f"{key}: the name has more than {KEY_BYTES} bytes: rename the file", 2)


def require_dataset(dataset: str, configured: Collection[str]) -> None:
    """Check that a dataset is configured, if one is named.

    Raises:
        Failure: it is not; the message has the nearest name.
    """
    if dataset and dataset not in configured:
        nearest = nearest_name(dataset, configured)
        raise Failure(f"There is no dataset {dataset}; the nearest is {nearest}", 2)


def require_own_folders(paths: Sequence[Path], datasets: Collection[str], dataset: str) -> None:
    """Check that no folder is named like a dataset other than that of the files.

    Checked are folders, the folders below, and the folder of a file as it is named.

    Args:
        paths: files and folders.
        datasets: names of datasets.
        dataset: the dataset that the files go into because none is named.

    Raises:
        Failure: a folder is.
    """
    for path in paths:
        is_folder = path.is_dir()
        for folder in _visible_folders(path) if is_folder else (path.parent,):
            name = folder.resolve().name if folder == path else folder.name
            if name == dataset or (name in datasets and is_folder):
                continue
            if name in datasets:
                raise Failure(f"{path}: its folder is named as a dataset: add --dataset {name}", 2)
            if resembles_dataset(name, datasets):
                nearest = nearest_name(name, datasets)
                raise Failure(
                    f"{folder}: no dataset of this name is configured; the nearest is {nearest}: "
                    f"rename the folder, or add --dataset {nearest} if its files belong there",
                    2,
                )


def require_no_reviews(paths: Sequence[Path], datasets: Collection[str]) -> None:
    """Check that no file is in a local folder of reviews, named as in the bucket.

    Raises:
        Failure: one is.
    """
    reviews = REVIEWS.rstrip("/")
    for path in paths:
        folder = path.parent.parent if path.parent.name in datasets else path.parent
        if folder.name == reviews:
            raise Failure(f"{path}: its folder is named {reviews}: add --reviews", 2)


def resembles_dataset(name: str, datasets: Collection[str]) -> bool:
    """Return whether a folder's name looks like that of a dataset."""
    families = {dataset.partition(".")[0] for dataset in datasets if "." in dataset}
    family, dot, rest = name.partition(".")
    same_family = bool(dot and rest) and family in families
    return same_family or bool(get_close_matches(name, datasets, 1, RESEMBLANCE))


def nearest_name(name: str, names: Collection[str]) -> str:
    """Return the most similar of the names; empty without names."""
    return next(iter(get_close_matches(name, names, 1, 0.0)), "")


def _visible_folders(folder: Path) -> Iterator[Path]:
    """Yield a folder and those below it, without hidden ones."""
    for path, names, _ in folder.walk():
        names[:] = [name for name in names if not is_hidden(Path(name))]
        yield path
