"""Which files of this machine go in: none is passed over without a word, no two become one."""

from pathlib import Path

import pytest

from cli.console import Failure
from cli.data import files

KNOWN = ("marmenor.temperature", "marmenor.salinity")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of files of these names, which the process works in."""
    monkeypatch.chdir(tmp_path)

    def made(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")

    return made


def names(text, dataset="marmenor.temperature"):
    chosen = files.select_files(text, KNOWN, dataset)
    return [str(path) for path in chosen.files], {str(p): why for p, why in chosen.skipped}


def test_a_folders_csv_files_are_taken_however_their_endings_are_written(folder):
    folder("data/a.csv", "data/B.CSV", "data/e.csv.GZ", "data/f.Csv.gz")
    assert names("data") == (["data/B.CSV", "data/a.csv", "data/e.csv.GZ", "data/f.Csv.gz"], {})


def test_what_is_left_out_is_named_with_the_reason(folder):
    folder("data/a.csv", "data/d.txt", "data/.hidden.csv", "data/.git/b.csv", "data/x.csv.zip")
    for name, to in (("link.csv", "a.csv"), ("broken.csv", "nowhere"), ("up", "..")):
        Path("data", name).symlink_to(to)
    taken, left = names("data")
    assert taken == ["data/a.csv", "data/link.csv"]
    ending = "its name does not end in .csv or .csv.gz"
    assert left == {
        "data/d.txt": ending,
        "data/x.csv.zip": ending,
        "data/.hidden.csv": "hidden",
        "data/.git": "hidden",
        "data/broken.csv": "this is no file",
        "data/up": "a link to a folder",
    }


def test_folders_below_are_looked_into_in_natural_order(folder):
    folder("data/part_10/b.csv", "data/part_2/a.csv", "data/part_1.csv", "data/part_2/x.txt")
    taken, left = names("data")
    assert taken == ["data/part_1.csv", "data/part_2/a.csv", "data/part_10/b.csv"]
    assert list(left) == ["data/part_2/x.txt"]


def test_a_folder_of_another_datasets_name_is_not_taken_for_this_one(folder):
    folder("data/a.csv", "data/marmenor.salinity/s.csv", "data/marmenor.temperature/t.csv")
    taken, left = names("data")
    assert taken == ["data/a.csv", "data/marmenor.temperature/t.csv"]
    (reason,) = left.values()
    assert "DATASET=marmenor.salinity FILES=data/marmenor.salinity" in reason
    with pytest.raises(Failure, match="DATASET=marmenor.salinity"):
        names("data/marmenor.salinity")
    assert names("data/marmenor.salinity", "marmenor.salinity")[0] == [
        "data/marmenor.salinity/s.csv"
    ]


def test_what_is_named_itself_is_meant_whatever_it_is_called(folder):
    folder("d.txt", ".hidden.csv", "my file.csv")
    assert names("d.txt .hidden.csv 'my file.csv'") == (["d.txt", ".hidden.csv", "my file.csv"], {})


def test_a_pattern_gives_what_a_shell_would_and_names_the_rest(folder):
    folder("a_10.csv", "a_2.csv", ".a.csv", "sub/c.csv", "sub/c.txt")
    assert names("*") == (
        ["a_2.csv", "a_10.csv", "sub/c.csv"],
        {".a.csv": "hidden", "sub/c.txt": "its name does not end in .csv or .csv.gz"},
    )
    assert names(".a*")[0] == [".a.csv"]


def test_what_gives_no_file_is_refused_with_the_reason(folder):
    folder("data/d.txt", "data/.hidden.csv")
    with pytest.raises(Failure, match=r"data: no CSV file there \(.*d.txt is left out: its name"):
        names("data")
    with pytest.raises(Failure, match="nowhere: no such file or folder"):
        names("nowhere")
    with pytest.raises(Failure, match="cannot be read"):
        names("'")


def test_the_key_is_the_files_name_below_its_dataset(folder):
    folder("data/sub/c.csv")
    paths = files.select_files("data").files
    assert [key for _, key in files.assign_keys(paths)] == ["c.csv"]
    ((_, key),) = files.assign_keys(paths, "marmenor.salinity")
    assert key == "marmenor.salinity/c.csv"


def test_two_files_of_one_name_are_refused_in_one_line_that_names_both(folder):
    folder("2021/a.csv", "2022/a.csv")
    with pytest.raises(Failure) as caught:
        files.assign_keys(files.select_files("2021/a.csv 2022/a.csv").files, "marmenor.salinity")
    assert caught.value.code == 2
    line = str(caught.value)
    assert "2021/a.csv and 2022/a.csv would both be marmenor.salinity/a.csv" in line
    assert "\n" not in line


def test_the_same_file_twice_is_two_uploads_of_it(folder):
    folder("a.csv", "b.csv")
    paths = files.select_files("a.csv b.csv ./a.csv").files
    assert [key for _, key in files.assign_keys(paths)] == ["a.csv", "b.csv", "a.csv"]
