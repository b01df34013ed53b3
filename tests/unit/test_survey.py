"""What is decided about a file as a whole before its first row is used."""

import io

import pytest

from aquasense.csvfile.decode import UnreadableFile
from aquasense.csvfile.reader import BATCH, latest_rows
from tests.support import LIMITS, SAMPLE, Trickle, csv, judged, rows_of, surveyed


def test_the_sample_is_accepted_whole():
    found = surveyed(SAMPLE.read_bytes())
    assert (found.accepted, found.duplicated, found.rejected) == (20, 0, 0)
    assert (found.first, found.last) == ("2022-11-17", "2023-03-29")


def test_the_last_line_for_a_date_wins_and_the_others_are_counted():
    content = csv("2022/12/1,15,0.1", "2022/12/7,16,0.1", "01/12/2022,17,0.2", "2022-12-1,18,0.3")
    found = surveyed(content)
    assert (found.accepted, found.duplicated) == (2, 2)
    assert [(row.date, row.mean, row.line) for row in rows_of(content)] == [
        ("2022-12-07", "16", 3),
        ("2022-12-01", "18", 5),
    ]


def test_a_rejected_line_does_not_replace_an_accepted_one():
    content = csv("2022/12/1,15,0.1", "2022/12/1,warm,0.1")
    assert [row.mean for row in rows_of(content)] == ["15"]


def test_bad_rows_do_not_stop_the_good_ones_and_keep_their_line():
    content = csv("2022/13/1,15,0.1", "2022/12/7,,0.1", "2022/12/8,x,0.1", "2022/12/9,15,-1",
                  "2022/12/10,15,0.1")  # fmt: skip
    found = surveyed(content)
    assert (found.accepted, found.rejected) == (1, 4)
    assert [(one.line, one.code) for one in found.rejections] == [
        (2, "impossible_date"),
        (3, "missing_value"),
        (4, "not_a_number"),
        (5, "negative_deviation"),
    ]


def test_only_the_first_rejections_are_listed_but_all_are_counted():
    found = surveyed(csv(*["2022/12/1,x,0.1"] * 250))
    assert found.rejected == 250
    assert len(found.rejections) == 100
    assert found.rejections[-1].line == 101


def test_a_file_whose_dates_only_make_sense_month_first_is_rejected_whole():
    with pytest.raises(UnreadableFile) as caught:
        surveyed(csv("12/01/2022,15,0.1", "12/25/2022,15,0.1"))
    assert caught.value.code == "month_first_dates"


def test_one_date_that_proves_day_first_makes_the_odd_one_a_bad_row():
    found = surveyed(csv("25/12/2022,15,0.1", "12/26/2022,15,0.1"))
    assert (found.accepted, found.rejected) == (1, 1)


def test_day_first_dates_that_could_be_either_are_day_first():
    assert surveyed(csv("01/12/2022,15,0.1")).first == "2022-12-01"


def test_the_first_and_the_last_day_there_are():
    found = surveyed(csv("2100/12/31,15,0.1", "1900/1/1,15,0.1"))
    assert (found.accepted, found.first, found.last) == (2, "1900-01-01", "2100-12-31")


def test_a_header_alone_is_a_file_without_readings():
    found = surveyed(csv())
    assert (found.accepted, found.rejected, found.first, found.last) == (0, 0, "", "")


def test_a_stream_of_single_bytes_gives_the_same():
    content = SAMPLE.read_bytes() + b"x\n2022/12/1,1,1\n"
    assert surveyed(Trickle(content)) == surveyed(content)


def test_a_year_first_date_is_no_proof_that_the_others_are_day_first():
    with pytest.raises(UnreadableFile) as caught:
        surveyed(csv("2022/12/25,1,1", "12/25/2022,1,1", "1/2/2022,1,1"))
    assert caught.value.code == "month_first_dates"


def test_winners_come_some_at_a_time():
    content = csv(*[f"{1900 + day // 336}/{day // 28 % 12 + 1}/{day % 28 + 1},1,0" for day in
                    range(BATCH + 1)])  # fmt: skip
    sizes = [len(some) for some in latest_rows(io.BytesIO(content), LIMITS, surveyed(content))]
    assert sizes == [BATCH, 1]


def test_the_winners_of_two_centuries_are_in_the_order_of_the_file():
    days = [f"{1900 + day // 336}/{day // 28 % 12 + 1}/{day % 28 + 1},1,{day}"
            for day in range(201 * 336)]  # fmt: skip
    content = csv(*reversed(days), *days[::7])
    found = rows_of(content)
    last = {row.date: row for row in judged(content)}
    assert found == sorted(last.values(), key=lambda row: row.line)
    assert len(found) == len(days)
