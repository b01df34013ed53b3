"""Scan a whole file; read the last row of each date."""

import io

import pytest

from aquasense.csvfile.decode import UnreadableFile
from aquasense.csvfile.reader import BATCH, latest_rows
from tests.support import LIMITS, SAMPLE, csv, parse_csv, rows_of, scan_csv


def test_every_line_of_the_sample_file_is_accepted():
    scan = scan_csv(SAMPLE.read_bytes())
    assert (scan.accepted, scan.duplicated, scan.rejected) == (20, 0, 0)
    assert (scan.first, scan.last) == ("2022-11-17", "2023-03-29")


def test_the_last_line_of_a_date_wins_and_the_others_are_counted():
    content = csv("2022/12/1,15,0.1", "2022/12/7,16,0.1", "01/12/2022,17,0.2", "2022-12-1,18,0.3")
    scan = scan_csv(content)
    assert (scan.accepted, scan.duplicated) == (2, 2)
    assert [(row.date, row.mean, row.line) for row in rows_of(content)] == [
        ("2022-12-07", "16", 3),
        ("2022-12-01", "18", 5),
    ]


def test_a_rejected_line_does_not_replace_an_accepted_one():
    content = csv("2022/12/1,15,0.1", "2022/12/1,warm,0.1")
    assert [row.mean for row in rows_of(content)] == ["15"]


def test_rejections_have_line_numbers_and_do_not_stop_other_lines():
    content = csv("2022/13/1,15,0.1", "2022/12/7,,0.1", "2022/12/8,x,0.1", "2022/12/9,15,-1",
                  "2022/12/10,15,0.1")  # fmt: skip
    scan = scan_csv(content)
    assert (scan.accepted, scan.rejected) == (1, 4)
    assert [(rejection.line, rejection.code) for rejection in scan.rejections] == [
        (2, "impossible_date"),
        (3, "missing_value"),
        (4, "not_a_number"),
        (5, "negative_deviation"),
    ]


@pytest.mark.parametrize(
    "before", [["12/01/2022,15,0.1"], ["2022/12/25,1,1", "1/2/2022,1,1"]], ids=["one", "others"]
)
def test_a_file_with_month_first_dates_is_rejected(before):
    # A year-first date does not make the others day first.
    with pytest.raises(UnreadableFile) as caught:
        scan_csv(csv(*before, "12/25/2022,15,0.1"))
    assert caught.value.code == "month_first_dates"


def test_a_month_first_date_in_a_day_first_file_is_one_rejected_line():
    scan = scan_csv(csv("25/12/2022,15,0.1", "12/26/2022,15,0.1"))
    assert (scan.accepted, scan.rejected) == (1, 1)
    assert scan.rejections[0].code == "month_first_date"


def test_the_first_and_the_last_valid_date_are_accepted():
    scan = scan_csv(csv("2100/12/31,15,0.1", "1900/1/1,15,0.1"))
    assert (scan.accepted, scan.first, scan.last) == (2, "1900-01-01", "2100-12-31")


def test_a_file_with_a_header_only_has_no_readings():
    scan = scan_csv(csv())
    assert (scan.accepted, scan.rejected, scan.first, scan.last) == (0, 0, "", "")


def daily_lines(days):
    """Return a line for each of the first 28 days of every month from 1900."""
    return [f"{1900 + day // 336}/{day // 28 % 12 + 1}/{day % 28 + 1},1,{day}"
            for day in range(days)]  # fmt: skip


def test_latest_rows_are_yielded_in_batches():
    content = csv(*daily_lines(BATCH + 1))
    batches = latest_rows(io.BytesIO(content), LIMITS, scan_csv(content))
    assert [len(batch) for batch in batches] == [BATCH, 1]


def test_latest_rows_of_two_centuries_are_in_file_order():
    lines = daily_lines(201 * 336)
    content = csv(*reversed(lines), *lines[::7])
    rows = rows_of(content)
    last = {row.date: row for row in parse_csv(content)}
    assert rows == sorted(last.values(), key=lambda row: row.line)
    assert len(rows) == len(lines)


def test_numbers_of_days_are_dates_if_all_dates_of_the_file_are():
    content = csv("44896,15.1,0.1", "44903.0,15.2,0.2", "44903,15.3,0.3", "44910,,0.1")
    scan = scan_csv(content)
    assert (scan.accepted, scan.duplicated, scan.rejected) == (2, 1, 1)
    assert [rejection.code for rejection in scan.rejections] == ["missing_value"]
    assert [(row.date, row.mean) for row in rows_of(content)] == [
        ("2022-12-01", "15.1"),
        ("2022-12-08", "15.3"),
    ]


def test_a_number_of_days_among_other_dates_is_rejected():
    content = csv("44896,15.1,0.1", "2022/12/8,15.2,0.2", "44910.5,15,0.1")
    scan = scan_csv(content)
    assert (scan.accepted, scan.rejected) == (1, 2)
    assert [rejection.code for rejection in scan.rejections] == ["serial_date", "not_midnight"]
    assert [row.date for row in rows_of(content)] == ["2022-12-08"]


@pytest.mark.parametrize("date", ["12.25.2022", "12/25/2022 00:00", "12-25-2022T00:00:00"])
def test_a_file_with_month_first_dates_in_any_notation_is_rejected(date):
    with pytest.raises(UnreadableFile) as caught:
        scan_csv(csv("12/01/2022,15,0.1", f"{date},15,0.1"))
    assert caught.value.code == "month_first_dates"
