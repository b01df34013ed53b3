"""Accepted and rejected notations of the fields of a line."""

from decimal import Decimal

import pytest

from aquasense.csvfile.lines import Rejection, Row
from tests.support import csv, parse_csv


def parse_single(line: str) -> Row | Rejection:
    (parsed,) = parse_csv(csv(line))
    return parsed


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
        ("2022/12/1,-999.5,0", ("2022-12-01", "-999.5", "0")),
        ("2022/12/1,-99999,0", ("2022-12-01", "-99999", "0")),
        ("01.12.2022,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ("2022-12-01 00:00:00,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ("2022-12-01T00:00,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ("2022-12-01T00:00:00.000000000,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ("1/12/2022 0:00,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ("1 dic 2022,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ("01-Dic.-2022,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ("1 de DICIEMBRE de 2022,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ("1/dec/2022,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ('"December 1, 2022",15.5,0.4', ("2022-12-01", "15.5", "0.4")),
        ("2022-Dec-01,15.5,0.4", ("2022-12-01", "15.5", "0.4")),
        ("3 sept 2022 00:00,15.5,0.4", ("2022-09-03", "15.5", "0.4")),
        ("2024/2/29,15.50,0.40", ("2024-02-29", "15.50", "0.40")),
        ("2022/12/1,15.569854830055972,0.406611695429108",
         ("2022-12-01", "15.569854830055972", "0.406611695429108")),
    ],
)  # fmt: skip
def test_a_row_has_an_iso_date_and_every_digit(line, expected):
    assert parse_single(line)[:4] == (2, *expected)


@pytest.mark.parametrize(
    ("text", "plain"),
    [("+1.5", "1.5"), (".5", "0.5"), ("5.", "5"), ("007.10", "7.10"), ("1.5e1", "15"),
     ("1E-5", "0.00001"), ("-0.0", "-0.0"), ("1e99", "1" + 99 * "0")],
)  # fmt: skip
def test_a_number_that_json_does_not_allow_becomes_a_plain_number(text, plain):
    row = parse_single(f"2022/12/1,{text},0.4")
    assert row.mean == plain
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
        ("22/12/1,15.5,0.4", "two_digit_year"),
        ("01/12/22,15.5,0.4", "two_digit_year"),
        ("1-dic-22,15.5,0.4", "two_digit_year"),
        ("2022/12/1 10:00,15.5,0.4", "not_midnight"),
        ("2022-12-01T00:00:00.001,15.5,0.4", "not_midnight"),
        ("2022-12-01 24:00,15.5,0.4", "not_midnight"),
        ("2022-12-01T00,15.5,0.4", "bad_date"),
        ("2022-12-01T00:00Z,15.5,0.4", "bad_date"),
        ("NA,15.5,0.4", "missing_value"),
        ("2022/12/1,-999,0.4", "missing_value"),
        ("2022/12/1,-9999.00,0.4", "missing_value"),
        ("2022/12/1,\u2212999,0.4", "missing_value"),
        ("2022/12/1,na,0.4", "missing_value"),
        ("2022/12/1,#N/A,0.4", "missing_value"),
        ("2022/12/1,15.5,-", "missing_value"),
        ("2022/12/1,15.5,-999", "missing_value"),
        ("1 enerο 2022,15.5,0.4", "bad_date"),
        ("1 foo 2022,15.5,0.4", "bad_date"),
        ("1 dic 222,15.5,0.4", "bad_date"),
        ("31 feb 2022,15.5,0.4", "impossible_date"),
        ("1 ene 1899,15.5,0.4", "date_out_of_range"),
        ("44896,15.5,0.4", "serial_date"),
        ("99999,15.5,0.4", "date_out_of_range"),
        ("2022,15.5,0.4", "bad_date"),
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
def test_an_invalid_line_is_rejected_with_its_code(line, code):
    # Without these lines, a NUL would be in the first chunk and the file binary.
    padding = ["2022/11/1,15,0.1"] * 5000
    *_, rejection = parse_csv(csv(*padding, line))
    assert (rejection.line, rejection.text, rejection.code) == (5002, line, code)
    assert rejection.reason


def test_a_deviation_of_minus_zero_is_zero():
    assert parse_single("2022/12/1,15.5,-0.0").deviation == "0.0"


def test_the_text_of_a_rejection_is_truncated():
    line = "2022/12/1,x" + 5000 * "x" + ",0.4"
    assert parse_single(line).text == line[:200] + "…"
    assert parse_single(line[-200:]).text == line[-200:]


@pytest.mark.parametrize(
    "line",
    ["2022/12-1,15.5,0.4", "2022-12/1,15.5,0.4", "2022/12/1,15.5,0.4", "2022/12/1,15.5,00.4",
     "2022/2/30,1,1", "1800/1/1,1,1", "2022/12/1,15.,1", "02022/12/1,15,1"],
)  # fmt: skip
def test_a_leading_space_changes_nothing(line):
    # With the space, the line is parsed field by field.
    parsed, spaced = parse_single(line), parse_single(f" {line}")
    if isinstance(parsed, Rejection):
        parsed, spaced = parsed._replace(text=""), spaced._replace(text="")
    assert parsed == spaced


def test_an_unclosed_quote_does_not_affect_other_lines():
    lines = parse_csv(csv('2022/12/1,"15.5,0.4', "2022/12/7,15.2,0.1", '"', "2022/12/8,15,0"))
    assert [type(line) for line in lines] == [Rejection, Row, Row]
    assert [line.line for line in lines] == [2, 3, 5]


def test_lines_of_empty_fields_are_skipped():
    lines = parse_csv(csv("", ",,", "  ", "\x1a", "2022/12/7,15.2,0.1", ";;"))
    assert [(type(line), line.line) for line in lines] == [(Row, 6)]
