"""CSV for pandas and spreadsheets, without formulas."""

import csv
import io
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aquasense.formats.csv_format import Column, encode_csv, format_cell


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"])
def test_an_apostrophe_precedes_a_formula(beginning):
    assert format_cell(f"{beginning}1+1") == f"'{beginning}1+1"
    assert format_cell([f"{beginning}1"]).startswith("'")
    assert format_cell({f"{beginning}1": "x"}).startswith("'")


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
def test_a_value_becomes_a_cell_with_an_apostrophe_before_each_formula(value, cell):
    assert format_cell(value) == cell


@given(st.text(alphabet=' ;\t\n\r",=+-@＝a1'), st.text(alphabet=' ;\t",=-a1'))
def test_no_cell_is_a_formula_where_a_line_is_split_at_semicolons_or_tabs(file, other):
    columns = [*map(Column, ("n", "file", "x", "other", "y"))]
    row = {"n": Decimal("-1"), "file": file, "x": Decimal("-2.5"), "other": other, "y": None}
    content = b"".join(encode_csv(columns, [row])).decode()
    assert content.partition("\r\n")[2].startswith("-1,")
    assert ",-2.5," in content
    cells = re.split("[;\t\r\n]", content.partition("\r\n")[2].removeprefix("-1"))
    # A spreadsheet may keep the quotation marks or drop them.
    for cell in cells:
        assert not cell.lstrip(' "').startswith(("=", "+", "-", "@", "＝"))


def test_columns_have_header_unit_and_path():
    columns = [
        Column("first", path=("a", "first")), Column("mean", unit=True),
        Column("sent_at", path=("sent", "at")),
    ]  # fmt: skip
    rows = [
        {"a": {"first": "x"}, "mean": Decimal("1.50"), "sent": {"at": "now"}},
        {"a": None, "mean": None},
    ]
    content = b"".join(encode_csv(columns, rows, "K"))
    assert content == b"first,mean_K,sent_at\r\nx,1.50,now\r\n,,\r\n"


@given(st.lists(st.text(), min_size=1, max_size=2000))
def test_texts_are_read_back_unchanged_except_for_apostrophes(texts):
    columns = [Column("text")]
    content = b"".join(encode_csv(columns, ({"text": text} for text in texts)))
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    # The only cell of a line is quoted if it is empty, so that no row is lost.
    assert [row["text"].replace("'", "") for row in rows] == [
        text.replace("'", "") for text in texts
    ]
