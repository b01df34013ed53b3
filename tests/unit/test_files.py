"""Which files of this machine are uploaded, and in which order."""

import gzip
from pathlib import Path

import pytest

from aquasense.csvfile.decode import FileLimits
from cli.console import Failure
from cli.data import files
from tests.unit.test_names import CONFIGURED


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a function that creates empty files of these names in the working directory."""
    monkeypatch.chdir(tmp_path)

    def create(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")

    return create


def select(*paths, dataset="marmenor.temperature"):
    selection = files.select_files([Path(path) for path in paths], CONFIGURED, dataset)
    skipped = {str(path): reason for path, reason in selection.skipped}
    return [str(path) for path in selection.files], skipped


def test_the_csv_files_of_a_folder_are_selected_whatever_the_case_of_their_ending(folder):
    folder("data/a.csv", "data/B.CSV", "data/e.csv.GZ", "data/f.Csv.gz")
    assert select("data") == (["data/B.CSV", "data/a.csv", "data/e.csv.GZ", "data/f.Csv.gz"], {})


def test_every_skipped_path_has_a_reason(folder):
    folder("data/a.csv", "data/d.txt", "data/.hidden.csv", "data/.git/b.csv", "data/x.csv.zip")
    for name, to in (("link.csv", "a.csv"), ("broken.csv", "nowhere"), ("up", "..")):
        Path("data", name).symlink_to(to)
    selected, skipped = select("data")
    assert selected == ["data/a.csv", "data/link.csv"]
    ending = "its name does not end in .csv or .csv.gz"
    assert skipped == {
        "data/d.txt": ending,
        "data/x.csv.zip": ending,
        "data/.hidden.csv": "hidden",
        "data/.git": "hidden",
        "data/broken.csv": "this is no file",
        "data/up": "a link to a folder",
    }


def test_subfolders_are_read_in_natural_order(folder):
    folder("data/part_10/b.csv", "data/part_2/a.csv", "data/part_1.csv", "data/part_2/x.txt")
    selected, skipped = select("data")
    assert selected == ["data/part_1.csv", "data/part_2/a.csv", "data/part_10/b.csv"]
    assert list(skipped) == ["data/part_2/x.txt"]


def test_names_that_a_shell_expanded_are_put_in_natural_order_and_others_stay(folder):
    folder("a_10.csv", "a_2.csv", "sub/c.csv", "sub/c.txt")
    assert select("a_10.csv", "a_2.csv", "sub") == (
        ["a_2.csv", "a_10.csv", "sub/c.csv"],
        {"sub/c.txt": "its name does not end in .csv or .csv.gz"},
    )
    assert select("sub", "a_10.csv", "a_2.csv")[0] == ["sub/c.csv", "a_10.csv", "a_2.csv"]


def test_a_folder_with_the_name_of_another_dataset_is_skipped(folder):
    folder("data/a.csv", "data/marmenor.salinity/s.csv", "data/marmenor.temperature/t.csv")
    selected, skipped = select("data")
    assert selected == ["data/a.csv", "data/marmenor.temperature/t.csv"]
    (reason,) = skipped.values()
    assert "--dataset marmenor.salinity data/marmenor.salinity" in reason
    with pytest.raises(Failure, match="--dataset marmenor.salinity"):
        select("data/marmenor.salinity")
    assert select("data/marmenor.salinity", dataset="marmenor.salinity")[0] == [
        "data/marmenor.salinity/s.csv"
    ]


def test_a_named_file_is_selected_whatever_its_name_is(folder):
    names = ["enero ñ 2025.csv", "d.txt", "~$x.csv", ".hidden.csv"]
    folder(*names)
    assert select(*names) == (names, {})


def test_a_path_without_a_file_is_refused_with_the_reason(folder):
    folder("data/d.txt", "data/.hidden.csv")
    with pytest.raises(Failure, match=r"data: no CSV file there \(.*d.txt is left out: its name"):
        select("data")
    with pytest.raises(Failure, match="nowhere: no such file or folder"):
        select("nowhere")
    with pytest.raises(Failure, match="File name too long"):
        select("x" * 300)


def test_a_file_that_cannot_be_read_is_refused(folder, monkeypatch):
    folder("a.csv", "b.csv")
    real_open = Path.open

    def deny(path, *args, **options):
        if path.name == "b.csv":
            raise PermissionError(13, "Permission denied")
        return real_open(path, *args, **options)

    monkeypatch.setattr(Path, "open", deny)
    with pytest.raises(Failure, match="b.csv: Permission denied"):
        select("a.csv", "b.csv")


@pytest.mark.parametrize("compressed", [False, True])
def test_a_file_over_the_size_limit_is_refused_before_and_after_decompression(tmp_path, compressed):
    path, limits = tmp_path / "a.csv.gz", FileLimits(size=1000)

    def write(size):
        content = b"Fecha,Medias,Desviaciones\n".ljust(size, b"\n")
        path.write_bytes(gzip.compress(content) if compressed else content)

    write(1000)
    files.require_sizes([path], limits)
    write(1001)
    with pytest.raises(Failure, match="a.csv.gz: the file is larger than 1,000 bytes"):
        files.require_sizes([path], limits)


def test_a_damaged_gzip_file_is_left_to_its_receipt(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(b"\x1f\x8bdamaged")
    files.require_sizes([path], FileLimits())
