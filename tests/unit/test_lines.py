"""The regular expression of LineParser accepts only lines that parse_line() accepts as well."""

import itertools

import pytest

from aquasense.csvfile.header import parse_header
from aquasense.csvfile.lines import LineParser, Rejection, Row
from tests.support import HEADER, csv, parse_csv

YEARS = ("1899", "1900", "1904", "2000", "2023", "2024", "2100", "2101", "0000", "9999")
PADDINGS = [(m, d) for m in ("", "02") for d in ("", "02")]


def parse_twice(lines, header=HEADER):
    """Yield for each line the result of parse_block() and that of parse_line()."""
    parser = LineParser(parse_header(header))
    block = parser.parse_block(itertools.count(2), "\n".join(lines))
    for (number, line, row), expected in zip(block, lines, strict=True):
        assert line == expected
        yield row, parser.parse_line(number, line)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("separator", "/-.")
def test_possible_and_impossible_dates_in_every_notation(year, separator):
    lines = [
        f"{year}{separator}{month:{m}}{separator}{day:{d}},15,0.1"
        for month in range(14)
        for day in range(33)
        for m, d in PADDINGS
    ]
    for row, parsed in parse_twice(lines):
        assert row is None or row == parsed
        assert isinstance(parsed, Row) is (row is not None)


@pytest.mark.parametrize(
    "header",
    ["Fecha,Medias,Desviaciones", "Medias;Desviaciones;Fecha", "n\tFecha\tx\tDesviaciones\tMedias"],
)
def test_columns_may_be_anywhere_in_the_line(header):
    delimiter = next(char for char in ",;\t" if char in header)
    values = ["", "2022/12/1", "2023-2-29", "15", "-1.5", "1e5", "١٥", '"15"', "0.1 ", "x"]
    width = header.count(delimiter) + 1
    mixed = itertools.islice(itertools.product(values, repeat=width), 0, None, 4 * width - 11)
    pairs = list(parse_twice([delimiter.join(cells) for cells in mixed], header))
    assert all(row is None or row == parsed for row, parsed in pairs)
    assert any(row for row, _ in pairs)


@pytest.mark.parametrize(
    "tail", ["x", " ", ",", "\x0b", "\x85", "\u2028", "\0", "\r", '"', "1" * 50]
)
def test_characters_after_a_reading_belong_to_its_line(tail):
    lines = [f"2022/12/1,15,0.1{tail}", "2022/12/2,16,0.2"]
    (row, parsed), (next_row, _) = parse_twice(lines)
    assert row is None or row == parsed
    assert next_row == Row(3, "2022-12-02", "16", "0.2")


def test_line_numbers_count_blank_lines():
    parsed = parse_csv(csv("", "2022/12/1,15,0.1", "", "", "x", "2022/12/2,16,0.2"))
    assert [(line.line, type(line)) for line in parsed] == [(3, Row), (6, Rejection), (7, Row)]
