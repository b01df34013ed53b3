"""CSV that no spreadsheet takes for a program, and JSON in parts."""

import csv
import io
import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aquasense.formats import csv_format, json_format
from aquasense.formats.csv_format import Column
from aquasense.uploads.times import AFTER_ALL, BEFORE_ALL, parse_time
from query.headers import accepts_gzip, matches, preflight
from query.http import Request
from query.service import prefers_csv


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"])
def test_a_text_that_looks_like_a_formula_stands_behind_an_apostrophe(beginning):
    assert csv_format.format_cell(f"{beginning}1+1") == f"'{beginning}1+1"
    assert csv_format.format_cell([f"{beginning}1"]).startswith("'")
    assert csv_format.format_cell({f"{beginning}1": "x"}).startswith("'")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("2022/12/1;=1+1;0.1", "2022/12/1;'=1+1;0.1"),
        ("2022/12/1;-5,3;0.1", "2022/12/1;'-5,3;0.1"),
        ("a\t@SUM(1)", "a\t'@SUM(1)"),
        ("a; +1;;-1", "a;' +1;;'-1"),
        ('a;"=1"', 'a;\'"=1"'),
        ("a;\n=1", "a;'\n'=1"),
        ("spike:suspect; gross_range:fail", "spike:suspect; gross_range:fail"),
        ("2022-12-01 to 2022-12-31; a=b", "2022-12-01 to 2022-12-31; a=b"),
    ],
)
def test_a_formula_stands_behind_an_apostrophe_where_a_cell_may_be_split(text, cell):
    assert csv_format.format_cell(text) == cell


@given(st.text(alphabet=' ;\t\n\r",=+-@＝a1'), st.text(alphabet=' ;\t",=-a1'))
def test_no_piece_of_a_line_split_at_semicolons_or_tabs_begins_with_a_formula(file, other):
    columns = [*map(Column, ("n", "file", "x", "other", "y"))]
    row = {"n": Decimal("-1"), "file": file, "x": Decimal("-2.5"), "other": other, "y": None}
    content = b"".join(csv_format.encode_csv(columns, [row])).decode()
    assert content.partition("\r\n")[2].startswith("-1,")
    assert ",-2.5," in content
    written = content.partition("\r\n")[2].removeprefix("-1")
    # Whoever splits so may take quotation marks for what they are, or drop them.
    for piece in re.split("[;\t\r\n]", written):
        assert not piece.lstrip(' "').startswith(("=", "+", "-", "@", "＝"))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (True, "true"),
        (Decimal("-4.48863557076381"), "-4.48863557076381"),
        (5, "5"),
        (["a", "b"], "a; b"),
        ({"2022-12-01": ["spike:suspect"]}, "2022-12-01 spike:suspect"),
        ("", ""),
    ],
)
def test_a_value_is_a_cell(value, cell):
    assert csv_format.format_cell(value) == cell


def test_a_column_says_its_header_its_unit_and_where_its_value_is():
    columns = [
        Column("first", path=("a", "first")), Column("mean", unit=True),
        Column("told_at", path=("told", "at")),
    ]  # fmt: skip
    rows = [
        {"a": {"first": "x"}, "mean": Decimal("1.50"), "told": {"at": "now"}},
        {"a": None, "mean": None},
    ]
    content = b"".join(csv_format.encode_csv(columns, rows, "K"))
    assert content == b"first,mean_K,told_at\r\nx,1.50,now\r\n,,\r\n"


@given(st.lists(st.text(), min_size=1, max_size=2000))
def test_any_text_comes_back_from_csv_as_it_was_but_for_apostrophes(texts):
    columns = [Column("text")]
    content = b"".join(csv_format.encode_csv(columns, ({"text": text} for text in texts)))
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    # An empty cell alone on its line is quoted, so that no row is lost.
    assert [row["text"].replace("'", "") for row in rows] == [
        text.replace("'", "") for text in texts
    ]


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1200])
def test_json_in_parts_is_the_same_json(count):
    rows = [{"n": number, "x": Decimal("0.10")} for number in range(count)]
    parts = list(json_format.iterate_json({"a": None, "next": "/x?y=1&z=\udc80"}, "rows", rows))
    found = json.loads(b"".join(parts), parse_float=Decimal)
    assert (found["a"], found["rows"]) == (None, rows)
    assert json.loads(b"".join(json_format.iterate_json({}, "rows", rows[:1])))[
        "rows"
    ] == json.loads(json_format.encode_json(rows[:1]))


@pytest.mark.parametrize(
    ("accept", "csv"),
    [
        ("", False),
        ("text/csv", True),
        ("text/html, */*;q=0.8", False),
        ("application/json, text/csv", False),
        ("application/json;q=0.5, text/csv;q=0.9", True),
        ("text/csv;q=0", False),
        ("text/csv;q=x", False),
        ("TEXT/CSV ; Q=1", True),
        (",;,;q=1", False),
    ],
)
def test_csv_is_given_to_those_who_prefer_it(accept, csv):
    assert prefers_csv(accept) is csv


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-06-01T00:00:00Z", "20240601T000000.000Z"),
        ("2024-06-01T02:00:00+02:00", "20240601T000000.000Z"),
        ("2024-06-01", "20240601T000000.000Z"),
        ("2024-06-01t10:11:12.3456789z", "20240601T101112.345Z"),
        ("0001-01-01T00:00:00+23:59", BEFORE_ALL),
        ("9999-12-31T23:59:59-23:59", AFTER_ALL),
    ],
)
def test_a_moment_is_a_place_in_the_order(text, expected):
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text", ["", "now", "2024-06-31", "2024-06-01T24:01Z", "2024-W01-1", "20240601", "٢٠٢٤-٠٦-٠١",
             "0000-01-01", "2024-06-01T00:00:00+25:00"]
)  # fmt: skip
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text)


def test_validators_are_compared_weakly_and_compression_can_be_refused():
    assert matches('W/"a"', "a")
    assert matches('"a-gzip"', "a")
    assert not matches("", "a")
    assert not matches('"b"', "a")
    assert accepts_gzip("deflate, gzip;q=1.0")
    assert not accepts_gzip("gzip; q=0")


def test_an_origin_that_is_not_allowed_gets_no_leave():
    answered = preflight(
        Request("OPTIONS", "/temp", headers={"origin": "https://x.example"}), ("https://y.example",)
    )
    assert answered.status == 204
    assert not any(name.startswith("Access-Control") for name in answered.headers)
