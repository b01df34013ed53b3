"""What is printed of a receipt, and the receipts that `check` predicts."""

from decimal import Decimal

import pytest
import simplejson
from click.testing import CliRunner

from aquasense.uploads.identity import parse_upload_time
from cli import console, targets
from cli.console import Failure
from cli.data import check, files, report
from cli.main import aquasense
from tests.support import DATASETS, SAMPLE, csv, versions_of

ONE_READING = {"readings": 1, "temp": Decimal("20.5"), "sd": Decimal("0.1"), "maxdiff": None}


@pytest.fixture
def run_check(tmp_path, monkeypatch):
    """Return a function that runs `check` on files without a stack: exit code, stdout, stderr."""

    def find(*_):
        raise Failure("No local cloud is running")

    monkeypatch.setattr(targets, "find", find)

    def run(*options, **contents):
        for name, content in contents.items():
            (tmp_path / f"{name}.csv").write_bytes(content)
        command = ["check", str(tmp_path), *options]
        result = CliRunner().invoke(aquasense, command, standalone_mode=False)
        return result.return_value, result.stdout, result.stderr

    return run


@pytest.fixture
def styled(monkeypatch):
    """Return a function that prints a receipt as on a terminal with colours."""
    monkeypatch.setattr(
        report, "out", console.Console(force_terminal=True, emoji=False, soft_wrap=True, width=200)
    )

    def print_styled(capsys, receipt, **options):
        report.print_receipt("f.csv", receipt, **options)
        return capsys.readouterr().out

    return print_styled


def predict(content, tmp_path, before=()):
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    return check.check(path, "f.csv", DATASETS, list(before))


def test_check_predicts_a_receipt_without_an_upload_id(run_check):
    code, output, errors = run_check(a=SAMPLE.read_bytes())
    assert code == 0
    assert "would go in" in output
    assert "20 accepted" in output
    assert "(upload" not in output
    assert "not compared" in errors


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (csv("x,1,1", "2022/13/1,1,1"), "nothing would go in"),
        (csv(), "below the header there is no line"),
        (b"", "rejected"),
    ],
)
def test_check_ends_with_1_if_a_file_has_no_accepted_reading(run_check, content, text):
    code, output, _ = run_check(fine=SAMPLE.read_bytes(), poor=content)
    assert code == 1
    assert text in output
    assert output.count("would go in") == 1 + output.count("nothing would go in")


def test_check_prints_receipts_as_json(run_check):
    code, output, _ = run_check("--json", a=csv("2022/1/1,1.10,1"), b=b"\x89PNG\0")
    first, second = simplejson.loads(output, use_decimal=True)
    assert code == 1
    assert (first["file"], first["accepted"], first["id"]) == ("a.csv", 1, None)
    assert first["path"].endswith("/a.csv")
    assert first["months"][0]["after"]["temp"] == Decimal("1.1")
    assert (second["status"], second["code"]) == ("rejected", "binary_file")


def test_check_counts_the_files_before_as_if_they_were_uploaded(run_check):
    _, output, _ = run_check("--json", a=csv("2022/1/1,1,1"), b=csv("2022/1/1,2,1", "2022/1/8,2,1"))
    first, second = simplejson.loads(output)
    assert (first["new"], second["new"], second["changed"]) == (1, 1, 1)
    assert second["months"][0]["before"]["temp"] == 1


def test_check_compares_with_earlier_uploads(tmp_path):
    before = versions_of(csv("2022/1/1,1,1", "2022/1/8,2,1"), "20200101T000000.000Z-0000-0")
    receipt = predict(csv("2022/1/1,1.0,1", "2022/1/8,3,1", "2022/1/9,3,1"), tmp_path, before)
    assert (receipt["unchanged"], receipt["changed"], receipt["new"]) == (1, 1, 1)


def test_the_colour_of_a_receipt_shows_whether_anything_went_in(styled, capsys, tmp_path):
    red, green = "\x1b[31m", "\x1b[32m"
    assert f"{red}nothing went in" in styled(capsys, predict(csv("x,1,1"), tmp_path))
    assert f"{green}incorporated" in styled(capsys, predict(csv("2022/1/1,1,1"), tmp_path))


def test_a_name_with_colons_and_brackets_is_printed_as_it_is(capsys, tmp_path):
    report.print_receipt(":smile: [red]x[/red].csv", predict(csv("2022/1/1,1,1"), tmp_path))
    report.print_skipped(
        files.Selection(skipped=[(tmp_path / ":smile:[b].txt", "no [i] :warning:")])
    )
    printed = capsys.readouterr()
    assert ":smile: [red]x[/red].csv" in printed.out
    assert ":smile:[b].txt: no [i] :warning:" in printed.err


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ({}, {"readings": 2}, "2022-01: readings 1 -> 2\n"),
        ({}, {"temp": Decimal("20.50001")}, "2022-01: temp 20.5 -> 20.50001\n"),
        ({}, {"temp": Decimal(21), "maxdiff": Decimal("1.5")},
         "2022-01: temp 20.500 -> 21.000, maxdiff none -> 1.500\n"),
        (None, {}, "2022-01: no readings -> readings 1, temp 20.500, sd 0.100, maxdiff none\n"),
    ],
)  # fmt: skip
def test_a_month_is_printed_with_its_changes(capsys, tmp_path, monkeypatch, before, after, text):
    monkeypatch.setattr(report, "FIGURES", ("temp", "sd", "maxdiff"))
    old = before if before is None else ONE_READING | before
    months = [{"month": "2022-01", "before": old, "after": ONE_READING | after}]
    report.print_receipt("f.csv", predict(csv("2022/1/1,1,1"), tmp_path) | {"months": months})
    assert text in capsys.readouterr().out


def test_a_withdrawn_upload_says_so(capsys, tmp_path):
    time = parse_upload_time("20260101T000000.000Z")
    report.print_receipt("f.csv", predict(csv("2022/1/1,1,1"), tmp_path) | {"withdrawn_at": time})
    assert f"withdrawn at {time}: its readings do not count" in capsys.readouterr().out
