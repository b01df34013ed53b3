"""What is wrong with a request's parameters, said so that the asker can put it right."""

import pytest

from aquasense.dates import Month
from query.validation import BadParameter, Parameters
from tests.support import DATASETS, TEMPERATURE

KNOWN = ("month", "year", "dataset")


def asked(*pairs):
    return Parameters.parse(pairs, KNOWN)


@pytest.mark.parametrize(("month", "year"), [("12", "2022"), ("012", "2022")])
def test_a_month_and_a_year(month, year):
    assert asked(("month", month), ("year", year)).month() == Month(2022, 12)


@pytest.mark.parametrize(
    ("pairs", "name"),
    [
        ([("year", "2022")], "month"),
        ([("month", "12")], "year"),
        ([("month", "13"), ("year", "2022")], "month"),
        ([("month", "0"), ("year", "2022")], "month"),
        ([("month", ""), ("year", "2022")], "month"),
        ([("month", "1.0"), ("year", "2022")], "month"),
        ([("month", "+1"), ("year", "2022")], "month"),
        ([("month", "١٢"), ("year", "2022")], "month"),
        ([("month", "diciembre"), ("year", "2022")], "month"),
        ([("month", "12"), ("year", "abc")], "year"),
        ([("month", "12"), ("year", "22")], "year"),
        ([("month", "12"), ("year", "2101")], "year"),
        ([("month", "12"), ("year", "2022 ")], "year"),
    ],
)
def test_a_missing_or_impossible_parameter_is_named(pairs, name):
    with pytest.raises(BadParameter) as caught:
        asked(*pairs).month()
    assert caught.value.name == name
    assert caught.value.detail.startswith(name)


def test_a_parameter_given_twice_is_not_guessed():
    with pytest.raises(BadParameter, match="month is given more than once"):
        asked(("month", "1"), ("month", "2"))


@pytest.mark.parametrize(("name", "near"), [("mes", "month"), ("Month", "month"), ("yaer", "year")])
def test_an_unknown_parameter_is_told_the_nearest(name, near):
    with pytest.raises(BadParameter, match=f"did you mean '{near}'") as caught:
        asked((name, "1"))
    assert caught.value.name == name


def test_what_is_repeated_to_the_asker_is_bounded():
    with pytest.raises(BadParameter) as caught:
        asked(("month", 1000 * "9"), ("year", "2022")).month()
    assert len(caught.value.detail) < 150
    with pytest.raises(BadParameter) as caught:
        asked((1000 * "x", ""))
    assert len(caught.value.detail) < 150


@pytest.mark.parametrize(
    ("first", "last"),
    [("2022-12-07", "2022-11"), ("2023-03", "2022-02"), ("2022-12-02", "2022-12-01")],
)
def test_a_span_the_wrong_way_round_is_told_as_it_was_written(first, last):
    with pytest.raises(BadParameter) as caught:
        Parameters.parse([("from", first), ("to", last)], ("from", "to")).dates()
    assert caught.value.detail == f"from ({first}) must not be after to ({last})"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2024-06-01T00:00:00 02:00", "2024-06-01T00:00:00+02:00"),
        ("2024-06-01T00:00 02:00", "2024-06-01T00:00+02:00"),
        ("2024-06-01T00:00:00+02:00", "2024-06-01T00:00:00+02:00"),
        ("2024-06-01", "2024-06-01"),
    ],
)
def test_a_plus_sign_that_came_as_a_space_is_repeated_as_one(text, meant):
    asked = Parameters.parse([("as_of", text)], ("as_of",))
    assert asked.values["as_of"] == meant
    assert asked.time("as_of")


def test_a_space_that_was_no_plus_sign_stays_one():
    with pytest.raises(BadParameter, match="not '2024-06-01 00:00'"):
        Parameters.parse([("since", "2024-06-01 00:00")], ("since",)).time("since")
    assert Parameters.parse([("file", "T1 02:00")], ("file",)).values == {"file": "T1 02:00"}


def test_the_dataset_is_the_default_unless_named():
    assert asked().dataset(DATASETS) is TEMPERATURE
    assert asked(("dataset", "marmenor.temperature")).dataset(DATASETS) is TEMPERATURE


@pytest.mark.parametrize("name", ["", "salinity", 1000 * "x"])
def test_an_unknown_dataset_is_told_which_there_are(name):
    with pytest.raises(BadParameter, match=r"marmenor\.temperature") as caught:
        asked(("dataset", name)).dataset(DATASETS)
    assert caught.value.name == "dataset"
