"""What the person who uploads reads of each file, and what the verbs end with."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from aquasense import datasets
from aquasense.uploads import receipts
from aquasense.uploads.identity import Upload
from tests.support import SAMPLE, csv, scan_csv
from tools import check, console, files, putting, report, targets, upload
from tools.console import Failure

NONE = {"readings": 1, "temp": Decimal("20.5"), "sd": Decimal("0.1"), "maxdiff": None}
KNOWN = datasets.load_datasets(Decimal("0.5"))


@pytest.fixture
def checked(tmp_path, monkeypatch, capsys):
    """Run `make check` on files of these contents, with no stack: exit code and what it printed."""

    def missing(_environment):
        raise Failure("Nothing runs here")

    monkeypatch.setattr(targets, "find", missing)
    monkeypatch.delenv("DATASET", raising=False)
    monkeypatch.delenv("ENV", raising=False)

    def run(**contents):
        for name, content in contents.items():
            (tmp_path / f"{name}.csv").write_bytes(content)
        monkeypatch.setenv("FILES", str(tmp_path))
        code = check.main()
        return code, capsys.readouterr().out

    return run


@pytest.fixture
def styled(monkeypatch):
    """Show a receipt; what a terminal in colours gets."""
    monkeypatch.setattr(
        report, "out", console.Console(force_terminal=True, emoji=False, soft_wrap=True, width=200)
    )

    def shown(capsys, receipt, **options):
        report.print_receipt("f.csv", receipt, **options)
        return capsys.readouterr().out

    return shown


def receipt(content, tmp_path, before=()):
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    return check.check(path, "f.csv", KNOWN, before)


def test_a_fine_file_would_go_in_and_has_no_upload_id_yet(checked):
    code, text = checked(a=SAMPLE.read_bytes())
    assert code == 0
    assert "would go in" in text
    assert "20 accepted" in text
    assert "upload 2" not in text
    assert "(upload" not in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (csv("x,1,1", "2022/13/1,1,1"), "nothing would go in"),
        (csv(), "below the header there is no line"),
        (b"", "rejected"),
    ],
)
def test_a_file_of_which_nothing_would_go_in_is_a_problem(checked, content, said):
    code, text = checked(fine=SAMPLE.read_bytes(), poor=content)
    assert code == 1
    assert said in text
    assert text.count("would go in") == 1 + text.count("nothing would go in")


def test_nothing_went_in_is_said_in_the_colour_of_a_problem(styled, capsys, tmp_path):
    red, green = "\x1b[31m", "\x1b[32m"
    assert f"{red}nothing went in" in styled(capsys, receipt(csv("x,1,1"), tmp_path))
    assert f"{green}incorporated" in styled(capsys, receipt(csv("2022/1/1,1,1"), tmp_path))


def test_a_name_with_colons_and_brackets_is_printed_as_it_is(capsys, tmp_path):
    report.print_receipt(":smile: [red]x[/red].csv", receipt(csv("2022/1/1,1,1"), tmp_path))
    report.print_skipped(
        files.Selection(skipped=[(tmp_path / ":smile:[b].txt", "no [i] :warning:")])
    )
    printed = capsys.readouterr()
    assert ":smile: [red]x[/red].csv" in printed.out
    assert ":smile:[b].txt: no [i] :warning:" in printed.err


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {"readings": 2}, "2022-01: readings 1 -> 2\n"),
        ({}, {"temp": Decimal("20.50001")}, "2022-01: temp 20.5 -> 20.50001\n"),
        ({}, {"temp": Decimal(21), "maxdiff": Decimal("1.5")},
         "2022-01: temp 20.500 -> 21.000, maxdiff none -> 1.500\n"),
        (None, {}, "2022-01: no readings -> readings 1, temp 20.500, sd 0.100, maxdiff none\n"),
    ],
)  # fmt: skip
def test_a_month_says_what_of_it_changed(capsys, tmp_path, monkeypatch, before, after, said):
    monkeypatch.setattr(report, "FIGURES", ("temp", "sd", "maxdiff"))
    sides = {"before": before if before is None else NONE | before, "after": NONE | after}
    changed = receipt(csv("2022/1/1,1,1"), tmp_path) | {"months": [{"month": "2022-01", **sides}]}
    report.print_receipt("f.csv", changed)
    assert said in capsys.readouterr().out


@pytest.mark.parametrize("verb", [check, upload])
def test_files_of_one_name_are_refused_before_anything_is_looked_for(verb, tmp_path, monkeypatch):
    for year in ("2021", "2022"):
        (tmp_path / year).mkdir()
        (tmp_path / year / "a.csv").write_bytes(csv("2022/1/1,1,1"))
    monkeypatch.setenv("FILES", str(tmp_path))
    monkeypatch.delenv("DATASET", raising=False)
    monkeypatch.setattr(targets, "find", lambda _: pytest.fail("too late"))
    with pytest.raises(Failure, match="would both be a.csv"):
        verb.main()


@pytest.mark.parametrize(
    ("content", "fine"), [(csv("2022/1/1,1,1"), True), (csv("x,1,1"), False), (csv(), False)]
)
def test_an_upload_without_a_reading_ends_as_a_rejected_one_does(
    monkeypatch, tmp_path, content, fine
):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    sent = Upload("id", "a.csv", "v", datetime.now(UTC), 1)

    async def arrived(*_):
        return {"id": receipts.build_receipt(sent, "", scan_csv(content))}

    monkeypatch.setattr(upload, "s3_client", lambda *_: None)
    monkeypatch.setattr(putting, "put", lambda *_: [sent])
    monkeypatch.setattr(upload, "_wait", arrived)
    monkeypatch.setattr(upload, "_report", lambda *_: None)
    target = targets.Target("s", "eu-west-1", None, {"RawBucketName": "b"})
    assert upload.upload(target, files.assign_keys([path])) is fine
