"""Validation of query parameters, and its messages."""

import pytest

from aquasense.dates import Month
from query.validation import BadParameter, Parameters
from tests.support import DATASETS, TEMPERATURE

NAMES = ("month", "year", "dataset")


def parse(*pairs):
    return Parameters.parse(pairs, NAMES)


@pytest.mark.parametrize(("month", "year"), [("12", "2022"), ("012", "2022")])
def test_month_and_year(month, year):
    assert parse(("month", month), ("year", year)).month() == Month(2022, 12)


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
def test_a_missing_or_invalid_parameter_is_named(pairs, name):
    with pytest.raises(BadParameter) as caught:
        parse(*pairs).month()
    assert caught.value.name == name
    assert caught.value.detail.startswith(name)


@pytest.mark.parametrize(
    ("name", "suggestion"), [("mes", "month"), ("Month", "month"), ("yaer", "year")]
)
def test_the_nearest_name_is_suggested_for_an_unknown_parameter(name, suggestion):
    with pytest.raises(BadParameter, match=f"did you mean '{suggestion}'") as caught:
        parse((name, "1"))
    assert caught.value.name == name


def test_a_repeated_parameter_is_rejected():
    with pytest.raises(BadParameter, match="month is given more than once"):
        parse(("month", "1"), ("month", "2"))


@pytest.mark.parametrize(
    "pairs", [[("month", 1000 * "9"), ("year", "2022")], [(1000 * "x", "")]], ids=["value", "name"]
)
def test_the_message_quotes_at_most_fifty_characters(pairs):
    with pytest.raises(BadParameter) as caught:
        parse(*pairs).month()
    assert len(caught.value.detail) < 150


@pytest.mark.parametrize(
    ("first", "last"),
    [("2022-12-07", "2022-11"), ("2023-03", "2022-02"), ("2022-12-02", "2022-12-01")],
)
def test_a_reversed_range_is_quoted_as_requested(first, last):
    with pytest.raises(BadParameter) as caught:
        Parameters.parse([("from", first), ("to", last)], ("from", "to")).dates()
    assert caught.value.detail == f"from ({first}) must not be after to ({last})"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-06-01T00:00:00 02:00", "2024-06-01T00:00:00+02:00"),
        ("2024-06-01T00:00 02:00", "2024-06-01T00:00+02:00"),
        ("2024-06-01T00:00:00+02:00", "2024-06-01T00:00:00+02:00"),
        ("2024-06-01", "2024-06-01"),
    ],
)
def test_a_space_before_a_zone_is_a_decoded_plus_sign(text, expected):
    parameters = Parameters.parse([("as_of", text)], ("as_of",))
    assert parameters.values["as_of"] == expected
    assert parameters.time("as_of")


def test_other_spaces_stay():
    with pytest.raises(BadParameter, match="not '2024-06-01 00:00'"):
        Parameters.parse([("since", "2024-06-01 00:00")], ("since",)).time("since")
    assert Parameters.parse([("file", "T1 02:00")], ("file",)).values == {"file": "T1 02:00"}


def test_the_default_dataset():
    assert parse().dataset(DATASETS) is TEMPERATURE
    assert parse(("dataset", "marmenor.temperature")).dataset(DATASETS) is TEMPERATURE


@pytest.mark.parametrize("name", ["", "salinity", 1000 * "x"])
def test_the_message_for_an_unknown_dataset_lists_the_datasets(name):
    with pytest.raises(BadParameter, match=r"marmenor\.temperature") as caught:
        parse(("dataset", name)).dataset(DATASETS)
    assert caught.value.name == "dataset"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("1669852800000", "2022-12-01"),
        ("2022-12-01T00:30:00 01:00", "2022-11-30"),
        ("2022-12-01T12:00Z", "2022-12-01"),
        ("2022-12", "2022-12-01"),
        ("2022-12-01", "2022-12-01"),
    ],
)
def test_from_is_a_date_a_month_or_a_time(text, first):
    # A plus sign in a query string is a space.
    parameters = Parameters.parse([("from", text)], ("from", "to"))
    assert parameters.dates()[0] == first
    assert parameters.months()[0] == Month.of(first)


@pytest.mark.parametrize("text", ["2022-13", "2022-02-30", "16698528", "now", "2022-12-01T25:00Z"])
def test_from_that_is_no_time_is_rejected(text):
    parameters = Parameters.parse([("from", text)], ("from", "to"))
    for read in (parameters.dates, parameters.months):
        with pytest.raises(BadParameter, match="from must be a"):
            read()


def test_the_range_of_grafana_is_accepted_in_order():
    pairs = [("from", "1669852800000"), ("to", "1672531199999")]
    assert Parameters.parse(pairs, ("from", "to")).dates() == ("2022-12-01", "2022-12-31")
    with pytest.raises(BadParameter, match="must not be after"):
        Parameters.parse([("from", pairs[1][1]), ("to", "0")], ("from", "to")).dates()
