"""The API over HTTP: figures, 404 and health checks."""

import json
from decimal import Decimal

import pytest

from aquasense.figures.registry import FIGURES
from tests.events import Context
from tests.support import SAMPLE, csv

PROBLEM = "application/problem+json; charset=utf-8"
DECEMBER = {"month": "12", "year": "2022"}
AVAILABLE = {"first": "2022-11", "last": "2023-03"}


@pytest.fixture
def sample(cloud, ingest):
    ingest.lambda_handler(cloud.put_event("a.csv", SAMPLE.read_bytes()), Context())


@pytest.fixture
def ask(cloud):
    """Return a function that sends a request and returns status, headers and text."""

    def send(path, params=None):
        status, headers, body = cloud.request(path, params=params)
        return status, headers, body.decode()

    return send


def content(text):
    return json.loads(text, parse_float=Decimal)


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("temp", "15.374606476138302"),
        ("sd", "0.406611695429108"),
        ("maxdiff", "-4.48863557076381"),
    ],
)
def test_the_figures_of_december_2022(ask, metric, value):
    status, headers, text = ask(f"/{metric}", DECEMBER)
    assert status == 200
    assert headers["Content-Type"].startswith("application/json")
    coverage = {"readings": 5, "first": "2022-12-01", "last": "2022-12-27", "largest_gap_days": 9}
    members = {
        "dataset": "marmenor.temperature", "metric": metric, "year": 2022, "month": 12,
        "value": Decimal(value), "unit": "degree_Celsius", "coverage": coverage, "flags": {},
    }  # fmt: skip
    assert content(text).items() >= members.items()
    # Every digit is in the text, not only in the parsed number.
    assert f'"value": {value}' in text


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize(
    ("month", "year", "value", "reason"),
    [
        ("11", "2022", None, "the previous month has no readings"),
        ("1", "2023", Decimal("-0.9648021288236155"), None),
    ],
)
def test_maxdiff_compares_with_the_previous_month_if_it_has_readings(
    ask, month, year, value, reason
):
    figure = content(ask("/maxdiff", {"month": month, "year": year})[2])
    assert (figure["value"], figure.get("reason")) == (value, reason)


@pytest.mark.usefixtures("sample")
def test_months_lists_the_months_with_readings(ask):
    status, _, text = ask("/months")
    assert status == 200
    months = content(text)["months"]
    assert [(m["year"], m["month"], m["coverage"]["readings"]) for m in months] == [
        (2022, 11, 2), (2022, 12, 5), (2023, 1, 4), (2023, 2, 4), (2023, 3, 5),
    ]  # fmt: skip


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize("metric", FIGURES)
def test_a_month_without_readings_is_404_with_the_available_months(ask, metric):
    status, headers, text = ask(f"/{metric}", {"month": "6", "year": "1999"})
    problem = content(text)
    assert (status, headers["Content-Type"]) == (404, PROBLEM)
    assert (problem["available"], problem["status"]) == (AVAILABLE, 404)
    assert problem["detail"].startswith("there are no readings for 1999-06")


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize(
    ("params", "available"),
    [
        ({"month": "13", "year": "2022"}, AVAILABLE),
        ({}, AVAILABLE),
        (DECEMBER | {"mes": "12"}, AVAILABLE),
        ({"month": "13", "dataset": "salinity"}, None),
    ],
)
def test_the_400_of_a_figure_has_the_available_months_of_its_dataset(ask, params, available):
    assert content(ask("/temp", params)[2]).get("available") == available


@pytest.mark.usefixtures("sample")
def test_without_the_table_the_process_is_healthy_but_not_ready(ask, cloud, caplog):
    assert ask("/ready")[0] == 200
    cloud.dynamodb.delete_table(TableName=cloud.name)
    assert ask("/health")[0] == 200
    for path, params in (("/ready", None), ("/temp", DECEMBER), ("/months", None)):
        status, headers, text = ask(path, params)
        assert (status, headers["Content-Type"]) == (503, PROBLEM)
        for secret in (cloud.name, "ResourceNotFound", "TableNotFound", "Traceback", "aiodynamo"):
            assert secret not in text
    # The cause is in the log.
    assert "TableNotFound" in caplog.text


def test_digits_beyond_a_double_reach_the_client(ask, cloud, ingest):
    deviation = "0.12345678901234567890123456789"
    ingest.lambda_handler(cloud.put_event("a.csv", csv(f"2022/12/1,15,{deviation}")), Context())
    assert f'"value": {deviation}' in ask("/sd", DECEMBER)[2]
