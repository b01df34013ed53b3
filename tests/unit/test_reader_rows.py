"""How a single line is judged."""

from decimal import Decimal

import pytest

from aquasense.csvfile.lines import Rejection, Row
from tests.support import csv, judged


def only(line: str, header: str = "Fecha,Medias,Desviaciones") -> Row | Rejection:
    (found,) = judged(csv(line, header=header))
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2022/12/1,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ("2022/12/01,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ("2022-12-1,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ("01/12/2022,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ("1-12-2022,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        (" 2022/12/1 , 15.5 ,\t0.4 ", ("2022-12-01", "15.5", "0.4")),
        ('"2022/12/1","15.5","0.4"', ("2022-12-01", "15.5", "0.4")),
        ('2022/12/1,"15,5","0,4"', ("2022-12-01", "15.5", "0.4")),
        ("2022/12/1,-1.5,0", ("2022-12-01", "-1.5", "0")),
        ("2024/2/29,15.50,0.40", ("2024-02-29", "15.50", "0.40")),
        ("2022/12/1,15.569854830055972,0.406611695429108",
         ("2022-12-01", "15.569854830055972", "0.406611695429108")),
    ],
)  # fmt: skip
def test_a_reading_keeps_its_digits_and_gets_an_iso_date(line, expected):
    assert only(line) == Row(2, *expected)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("+1.5", "1.5"), (".5", "0.5"), ("5.", "5"), ("007.10", "7.10"), ("1.5e1", "15"),
     ("1E-5", "0.00001"), ("-0.0", "-0.0"), ("1e99", "1" + 99 * "0")],
)  # fmt: skip
def test_a_number_json_would_not_take_is_written_plainly_with_the_same_value(text, kept):
    row = only(f"2022/12/1,{text},0.4")
    assert row.mean == kept
    assert Decimal(row.mean) == Decimal(text)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (",15.5,0.4", "missing_value"),
        ("2022/12/1,,0.4", "missing_value"),
        ("2022/12/1,15.5,", "missing_value"),
        ("2022/12/1,warm,0.4", "not_a_number"),
        ("2022/12/1,15.5,nan", "not_a_number"),
        ("2022/12/1,inf,0.4", "not_a_number"),
        ("2022/12/1,1_5,0.4", "not_a_number"),
        ("2022/12/1,١٥,0.4", "not_a_number"),
        ("2022/12/1,１５,0.4", "not_a_number"),
        ("2022/12/1,15.5 C,0.4", "not_a_number"),
        ('2022/12/1,"1.515,5",0.4', "not_a_number"),
        ("2022/12/1,1e100,0.4", "not_a_number"),
        ("2022/12/1,15.5\0,0.4", "not_a_number"),
        ("2022/12/1,15.5,-0.4", "negative_deviation"),
        ("2022/12/1,15,5,0,4", "wrong_field_count"),
        ("2022/12/1,15.5", "wrong_field_count"),
        ("2022/12/1,15.5,0.4,", "wrong_field_count"),
        ('2022/12/1,"15.5,0.4', "unclosed_quote"),
        ("yesterday,15.5,0.4", "bad_date"),
        ("22/12/1,15.5,0.4", "bad_date"),
        ("2022/12/1 10:00,15.5,0.4", "bad_date"),
        ("2022.12.1,15.5,0.4", "bad_date"),
        ("2022/12-1,15.5,0.4", "bad_date"),
        ("2022/12/123,15.5,0.4", "bad_date"),
        ("2023/2/29,15.5,0.4", "impossible_date"),
        ("2022/13/1,15.5,0.4", "impossible_date"),
        ("31/2/2022,15.5,0.4", "impossible_date"),
        ("1899/12/31,15.5,0.4", "date_out_of_range"),
        ("2101/1/1,15.5,0.4", "date_out_of_range"),
    ],
)
def test_a_line_that_is_no_reading_says_why(line, code):
    # The NUL of a text whose first part has none, as a damaged file may have it.
    padding = ["2022/11/1,15,0.1"] * 5000
    *_, found = judged(csv(*padding, line))
    assert (found.line, found.text, found.code) == (5002, line, code)
    assert found.reason


def test_a_month_first_date_among_day_first_ones_is_one_bad_row():
    rows = judged(csv("13/12/2022,15,0.4", "12/25/2022,15,0.4"))
    assert rows[1].code == "month_first_date"


def test_minus_zero_is_a_deviation_of_zero():
    assert only("2022/12/1,15.5,-0.0").deviation == "0.0"


def test_the_shown_text_of_a_rejected_line_is_bounded():
    line = "2022/12/1,x" + 5000 * "x" + ",0.4"
    assert only(line).text == line[:200] + "…"
    assert only(line[-200:]).text == line[-200:]


@pytest.mark.parametrize(
    "line",
    ["2022/12-1,15.5,0.4", "2022-12/1,15.5,0.4", "2022/12/1,15.5,0.4", "2022/12/1,15.5,00.4",
     "2022/2/30,1,1", "1800/1/1,1,1", "2022/12/1,15.,1", "02022/12/1,15,1"],
)  # fmt: skip
def test_the_fast_and_the_careful_way_judge_alike(line):
    # A space keeps a line off the fast way and changes nothing else.
    fast, careful = only(line), only(f" {line}")
    assert (
        fast._replace(text="") == careful._replace(text="")
        if isinstance(fast, Rejection)
        else fast == careful
    )


def test_a_broken_line_does_not_swallow_its_neighbours():
    rows = judged(csv('2022/12/1,"15.5,0.4', "2022/12/7,15.2,0.1", '"', "2022/12/8,15,0"))
    assert [type(row) for row in rows] == [Rejection, Row, Row]
    assert [row.line for row in rows] == [2, 3, 5]


def test_blank_lines_count_as_lines_but_are_nothing():
    rows = judged(csv("", ",,", "  ", "\x1a", "2022/12/7,15.2,0.1", ";;"))
    assert [(type(row), row.line) for row in rows] == [(Row, 6)]
