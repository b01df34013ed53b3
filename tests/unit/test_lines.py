"""Lines recognised by the thousand get the verdict that care would give each of them."""

import itertools

import pytest

from aquasense.csvfile.header import parse_header
from aquasense.csvfile.lines import Layout, Rejection, Row
from tests.support import HEADER, LIMITS, csv, judged

YEARS = ("1899", "1900", "1904", "2000", "2023", "2024", "2100", "2101", "0000", "9999")
PADDED = [(m, d) for m in ("", "02") for d in ("", "02")]


def fast_and_careful(columns: Layout, lines):
    text = "\n".join(lines)
    found = columns.parse_block(itertools.count(2), text)
    for (number, line, row), expected in zip(found, lines, strict=True):
        assert line == expected
        yield row, columns.parse_line(number, line)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("separator", "/-.")
def test_every_day_there_is_and_is_not_in_every_way_to_write_it(year, separator):
    lines = [
        f"{year}{separator}{month:{m}}{separator}{day:{d}},15,0.1"
        for month in range(14)
        for day in range(33)
        for m, d in PADDED
    ]
    for fast, careful in fast_and_careful(parse_header(HEADER), lines):
        assert fast is None or fast == careful
        # The other way round only care can: day first, quotes, spaces.
        assert isinstance(careful, Row) is (fast is not None)


@pytest.mark.parametrize(
    "header",
    ["Fecha,Medias,Desviaciones", "Medias;Desviaciones;Fecha", "n\tFecha\tx\tDesviaciones\tMedias"],
)
def test_wherever_the_columns_are(header):
    columns = parse_header(header)
    delimiter = next(mark for mark in ",;\t" if mark in header)
    values = ["", "2022/12/1", "2023-2-29", "15", "-1.5", "1e5", "١٥", '"15"', "0.1 ", "x"]
    width = header.count(delimiter) + 1
    mixed = itertools.islice(itertools.product(values, repeat=width), 0, None, 4 * width - 11)
    lines = [delimiter.join(cells) for cells in mixed]
    rows = 0
    for fast, careful in fast_and_careful(columns, lines):
        assert fast is None or fast == careful
        rows += fast is not None
    assert rows


@pytest.mark.parametrize(
    "tail", ["x", " ", ",", "\x0b", "\x85", "\u2028", "\0", "\r", '"', "1" * 50]
)
def test_what_follows_a_reading_on_its_line_is_part_of_the_verdict(tail):
    lines = [f"2022/12/1,15,0.1{tail}", "2022/12/2,16,0.2"]
    (odd, careful), (plain, _) = fast_and_careful(parse_header(HEADER), lines)
    assert odd is None or odd == careful
    assert plain == Row(3, "2022-12-02", "16", "0.2")


def test_lines_are_counted_one_by_one_blank_ones_too():
    found = judged(csv("", "2022/12/1,15,0.1", "", "", "x", "2022/12/2,16,0.2"), LIMITS)
    assert [(one.line, type(one)) for one in found] == [(3, Row), (6, Rejection), (7, Row)]
