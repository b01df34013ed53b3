"""Names that are refused before anything is uploaded, and the nearest ones."""

import os
from pathlib import Path

import pytest

from cli.console import Failure
from cli.data import names, report, stack
from tests.support import csv

CONFIGURED = ("marmenor.temperature", "marmenor.salinity")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a function that creates files of these names in the working directory."""
    monkeypatch.chdir(tmp_path)

    def create(*names):
        for name in names:
            path = tmp_path / os.fsdecode(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(csv("2022/1/1,1,1"))

    return create


def refusal(*paths, dataset=""):
    """Return the one line with which the paths are refused as wrong usage."""
    with pytest.raises(Failure) as caught:
        report.select_with_keys([Path(path) for path in paths], dataset)
    assert caught.value.code == 2
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_the_key_is_the_files_name_below_its_dataset(folder):
    path = Path("data/sub/enero ñ 2025.csv")
    assert names.assign_keys([path]) == [(path, "enero ñ 2025.csv")]
    ((_, key),) = names.assign_keys([path], "marmenor.salinity")
    assert key == "marmenor.salinity/enero ñ 2025.csv"


def test_two_files_with_one_key_are_refused(folder):
    folder("2021/a.csv", "2022/a.csv")
    line = refusal("2021/a.csv", "2022/a.csv", dataset="marmenor.temperature")
    assert "2021/a.csv and 2022/a.csv would both be marmenor.temperature/a.csv" in line


def test_the_same_file_twice_is_two_uploads_of_it(folder):
    folder("a.csv", "b.csv")
    keyed = report.select_with_keys([Path(path) for path in ("a.csv", "b.csv", "./a.csv")])
    assert [key for _, key in keyed] == ["a.csv", "b.csv", "a.csv"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (b"enero\xff.csv", "enero\\xff.csv: the name is not UTF-8"),
        (b"a\nb.csv", "'a\\nb.csv': the name has a control character"),
    ],
)
def test_a_name_that_cannot_be_a_key_is_refused(folder, name, text):
    folder(name, b"a.csv")
    assert text in refusal(".")
    assert text in refusal("a.csv", os.fsdecode(name))


def test_a_key_has_at_most_1024_bytes():
    names.require_key("ñ" * 512)
    with pytest.raises(Failure, match="more than 1024 bytes"):
        names.require_key("ñ" * 512 + "x")


def test_a_dataset_that_is_not_configured_is_refused_with_the_nearest_name(folder):
    folder("a.csv")
    line = refusal("a.csv", dataset="marmenor.temprature")
    assert line == "There is no dataset marmenor.temprature; the nearest is marmenor.temperature"


@pytest.mark.parametrize("name", ["marmenor.salinty", "marmenor.oxygen", "marmenor_temperature"])
@pytest.mark.parametrize("path", ["{}", "data", "{}/a.csv"])
def test_a_folder_named_like_an_unknown_dataset_is_refused(folder, name, path):
    folder(f"{name}/a.csv", f"data/{name}/b.csv")
    line = refusal(path.format(name))
    assert f"{name}: no dataset of this name is configured" in line
    assert "--dataset marmenor.temperature" in line


def test_a_folder_named_like_an_unknown_dataset_is_uploaded_with_an_explicit_dataset(folder):
    folder("marmenor.oxygen/a.csv")
    ((_, key),) = report.select_with_keys([Path("marmenor.oxygen")], "marmenor.temperature")
    assert key == "marmenor.temperature/a.csv"


@pytest.mark.parametrize("name", ["2024", "data.old", "Mar Menor", "marmenor", ".marmenor.old"])
def test_other_folders_are_uploaded(folder, name):
    folder(f"data/{name}/a.csv", "data/d.csv", f"{name}/b.csv", "c.csv")
    paths = [Path("data"), Path("c.csv"), Path(f"{name}/b.csv")]
    assert {key for _, key in report.select_with_keys(paths)} >= {"b.csv", "c.csv"}


def test_a_file_below_the_folder_of_another_dataset_needs_its_dataset(folder):
    folder("marmenor.salinity/a.csv")
    with pytest.raises(Failure, match="add --dataset marmenor.salinity"):
        names.require_own_folders(
            [Path("marmenor.salinity/a.csv")], CONFIGURED, "marmenor.temperature"
        )


def test_similar_keys_are_those_of_the_same_name_in_other_folders_first():
    keys = ["otro.csv", "marmenor.temperature/enero.csv", "febrero.csv", "x/enero 2.csv"]
    assert stack.similar_keys("data/enero.csv", keys)[:2] == [
        "marmenor.temperature/enero.csv",
        "x/enero 2.csv",
    ]
    assert stack.similar_keys("a.csv", []) == []
