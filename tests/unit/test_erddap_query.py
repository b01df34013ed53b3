"""Queries of tabledap: names, constraints, times, regular expressions, order."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aquasense.metadata.tables import list_tables
from query.erddap import regex
from query.erddap.errors import ErddapError
from query.erddap.regex import Regex
from query.erddap.select import select_rows
from query.erddap.tokens import MAX_CONSTRAINTS, parse_query, split_query
from tests.support import DATASETS

VARIABLES = list_tables(DATASETS)["marmenor_temperature"].variables
NOW = datetime(2023, 3, 31, 12, tzinfo=UTC)


def epoch(iso):
    return int(datetime.fromisoformat(f"{iso}+00:00").timestamp())


COLUMNS = {
    "time": [epoch("2022-12-01"), epoch("2023-02-28"), epoch("2023-03-29")],
    "mean": [Decimal("15.5"), None, Decimal("18.9692304938198000000000000000000000000001")],
    "deviation": [Decimal("1e99"), Decimal(1), Decimal(2)],
    "file": ["a.csv", "b.csv", "a.csv"],
    "upload": ["3", "2", "1"],
}


def select(query_string, name="upload"):
    """Return the values of a variable in the rows that a query selects."""
    query = parse_query(query_string, VARIABLES)
    return "".join(map(str, select_rows(query, COLUMNS, NOW)[name]))


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("time,mean&time>=2022-12-01", ["time,mean", "time>=2022-12-01"]),
        # erddapy encodes the '&' too.
        ("time%2Cmean%26time%3E%3D2022-12-01", ["time,mean", "time>=2022-12-01"]),
        ("file&file=%22a%26b%22&distinct()", ["file", 'file="a&b"', "distinct()"]),
        ('file&file="a&b"', ["file", 'file="a&b"']),
        ("&time>now-7days", ["", "time>now-7days"]),
        ("time&", ["time"]),
        ("", [""]),
    ],
)
def test_the_query_string_is_split_as_erddap_does(query, parts):
    assert split_query(query) == parts


@pytest.mark.parametrize(
    ("constraint", "selected"),
    [
        ("time>=2023-02-28", "21"), ("time>2023-02-28", "1"), ("time<2023-02-28T00:00:00Z", "3"),
        ("time<=1677542400.0", "32"), ("time=2022-12-01", "3"), ("time!=2022-12-01T00:00Z", "21"),
        ("time>=2023-02-28T01:00:00%2B01:00", "21"), ("time>=2023-02-28T01:00:00+01:00", "21"),
        ("time>2023", "21"), ("time>=2023-3", "1"), ('time>="2023-03-01"', "1"),
        ("time>now-7days", "1"), ("time>now-1month", "1"), ("time>=now-31days", "1"),
        ("time>now-1year", "321"), ("time<now-48hours", "321"), ("time>now%2B1day", ""),
        ("time>now+1day", ""), ("time>=max(time)-29days", "21"), ("time<=min(time)", "3"),
        ("mean>15.5", "1"), ("mean>=15.5", "31"), ("mean=15.50", "3"), ("mean!=15.5", "21"),
        ("mean=NaN", "2"), ("mean!=NaN", "31"), ("mean<1.6e1", "3"),
        # Digits beyond a double count.
        ("mean>18.9692304938198", "1"), ("mean>18.9692304938198000000000000000000000000001", ""),
        ("mean>=max(mean)", "1"), ("mean>=max(mean)-1", "1"), ("mean<min(mean)%2B1", "3"),
        ('file="a.csv"', "31"), ("file=a.csv", "31"), ('file!="a.csv"', "2"), ('file>"a.csv"', "2"),
        ('file=~"[ab]\\\\.csv"', "321"), ('file=~"a"', ""), ('file=~"a.*"', "31"),
        ('mean=~"15.*"', "3"), ('time=~"2023-0[23].*"', "21"),
        ("file=a.csv&time>2023", "1"), (".draw=markers", "321"), ('units("UDUNITS")', "321"),
    ],
)  # fmt: skip
def test_a_constraint_selects_rows(constraint, selected):
    assert select(f"upload&{constraint}") == selected


def test_distinct_sorts_and_drops_repeated_rows():
    assert select("file&distinct()", "file") == "a.csvb.csv"
    assert select("upload,file&distinct()") == "123"


def test_order_by_sorts_missing_values_last():
    assert select('upload,mean&orderBy("mean")') == "312"
    assert select('upload,file&orderBy("file,upload")') == "132"


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("nothing", "Unrecognized variable"), ("time,time", "twice"), ("time&nothing=1", "nothing"),
        ("time&time", "no constraint"), ("time&time~1", "no constraint"), ("time&=1", "constraint"),
        ("time&time>=yesterday", "not a time"), ("time&time>2023-13", "exists"),
        ("time&time>2023-02-30", "exists"), ("time&time>9999-12-31T23:59:59-01:00", "exists"),
        ("time&time>now-7weeks", "units"), ("time&time>now-1.5months", "units"),
        ("time&time>now-999999999years", "range"), ("time&time>now-999999999days", "range"),
        ("time&mean>warm", "not a number"), ("time&mean>１5", "not a number"),
        ("time&mean>1_5", "not a number"), ("time&mean>1e999", "not a number"),
        ("time&mean>max(mean)-1day", "only a time"), ("time&mean>max(nothing)", "Unrecognized"),
        ("time&time>max(deviation)", "out of range"), ('time&file=~"a{2,1}"', "regular expression"),
        ('time&file=~"[b-a]"', "regular expression"), ('time&file=~"[]"', "regular expression"),
        ("time&mean>max(file)", "no value"), ('time&file="a', "quotation marks"),
        ('time&file=~"("', "regular expression"), ('time&file=~"a**"', "regular expression"),
        ('time&file=~"\\\\p{L}"', "regular expression"), ('time&file=~"[a"', "regular expression"),
        (f'time&file=~"{"a" * 201}"', "200 characters"), ('time&file=~"(a{99}){99}"', "complex"),
        (f'time&file=~"{"(" * 50}"', "complex"), ('time&orderByMax("time")', "orderByMax"),
        ('time&orderBy("mean")', "not among"), ("time&orderBy()", "not among"),
        ("time" + "&time>2000" * (MAX_CONSTRAINTS + 1), "more than 20"),
        ("time" + '&file=~"a"' * 3, "more than 2 regular expressions"),
    ],
)  # fmt: skip
def test_a_wrong_query_is_refused_in_a_sentence(query, word):
    columns = {variable.name: [] for variable in VARIABLES} | COLUMNS
    with pytest.raises(ErddapError, match=word) as caught:
        select_rows(parse_query(query, VARIABLES), columns, NOW)
    assert caught.value.status == 400


def test_the_names_of_a_query_include_those_of_constraints():
    query = parse_query("file&mean>1&time>=max(time)-7days", VARIABLES)
    assert query.names == {"file", "mean", "time"}


ATOMS = st.sampled_from(
    [
        "a",
        "b",
        "-",
        ".",
        "[ab]",
        "[^a]",
        "[a-b-]",
        r"\.",
        r"\d",
        r"\w",
        r"\s",
        "[0-9]",
        r"[\w.]",
        "",
    ]
)
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map("|".join),
        inner.map("({})".format),
        st.tuples(
            inner.map("(?:{})".format),
            st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,}", "*?"]),
        ).map("".join),
    ),
    max_leaves=6,
)


@given(PATTERNS, st.lists(st.text("ab-. 0\n", max_size=6), min_size=1))
def test_a_regular_expression_matches_what_pythons_matches(pattern, texts):
    expression = Regex(pattern)
    for text in texts:
        expected = re.fullmatch(pattern, text, re.ASCII) is not None
        assert expression.matches(text) == expected, (pattern, text)


def test_a_case_can_be_ignored_and_anchors_are_allowed():
    assert Regex("(?i)^TEMP[a-z]*$").matches("tempERATURE")
    assert not Regex("TEMP").matches("temp")


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|a)*b", "(a|aa)+$", "(.*.*)*x"])
def test_the_time_of_a_regular_expression_is_linear_in_the_text(pattern):
    # Python's re would not end.
    assert not Regex(pattern).matches("a" * 20_000 + "c")


def test_a_regular_expression_stops_after_its_steps(monkeypatch):
    monkeypatch.setattr(regex, "MAX_STEPS", 1000)
    with pytest.raises(ErddapError, match="too long"):
        Regex("a*b").matches("a" * 2000)
