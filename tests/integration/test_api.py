"""The API over HTTP: figures, errors and health checks."""

import asyncio
import json
from decimal import Decimal

import pytest
from aiohttp.test_utils import TestClient, TestServer

from api.app import create_app
from aquasense.figures.registry import FIGURES
from tests.integration.cloud import Context, s3_event
from tests.support import SAMPLE, csv

PROBLEM = "application/problem+json; charset=utf-8"
DECEMBER = {"month": "12", "year": "2022"}


def load(cloud, ingest, content):
    cloud.put("a.csv", content)
    ingest.lambda_handler(s3_event(cloud, ("a.csv", None)), Context())


@pytest.fixture
def sample(cloud, ingest):
    load(cloud, ingest, SAMPLE.read_bytes())


@pytest.fixture
def ask(cloud):
    """Return a function that sends a request and returns status, headers and text."""

    def send(path, params=None, method="GET"):
        async def run():
            async with (
                TestClient(TestServer(create_app(cloud.config))) as client,
                client.request(method, path, params=params) as response,
            ):
                return response.status, response.headers, await response.text()

        return asyncio.run(run())

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
    assert (
        content(text).items()
        >= {
            "dataset": "marmenor.temperature",
            "metric": metric,
            "year": 2022,
            "month": 12,
            "value": Decimal(value),
            "unit": "degree_Celsius",
            "coverage": {
                "readings": 5,
                "first": "2022-12-01",
                "last": "2022-12-27",
                "largest_gap_days": 9,
            },
        }.items()
    )
    # Every digit is in the text, not only in the parsed number.
    assert f'"value": {value}' in text


@pytest.mark.usefixtures("sample")
def test_maxdiff_of_the_first_month_is_null_with_a_reason(ask):
    status, _, text = ask("/maxdiff", {"month": "11", "year": "2022"})
    figure = content(text)
    assert status == 200
    assert figure["value"] is None
    assert figure["reason"] == "the previous month has no readings"


@pytest.mark.usefixtures("sample")
def test_maxdiff_of_january_compares_with_december(ask):
    _, _, text = ask("/maxdiff", {"month": "1", "year": "2023"})
    assert content(text)["value"] == Decimal("-0.9648021288236155")


@pytest.mark.usefixtures("sample")
def test_a_dataset_can_be_named(ask):
    _, _, text = ask("/temp", DECEMBER | {"dataset": "marmenor.temperature"})
    assert content(text)["value"] == Decimal("15.374606476138302")


@pytest.mark.usefixtures("sample")
def test_months_lists_the_months_with_readings(ask):
    status, _, text = ask("/months")
    assert status == 200
    assert [(month["year"], month["month"]) for month in content(text)["months"]] == [
        (2022, 11), (2022, 12), (2023, 1), (2023, 2), (2023, 3),
    ]  # fmt: skip


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize("metric", FIGURES)
def test_a_month_without_readings_is_404_with_the_available_months(ask, metric):
    status, headers, text = ask(f"/{metric}", {"month": "6", "year": "1999"})
    problem = content(text)
    assert (status, headers["Content-Type"]) == (404, PROBLEM)
    assert problem["available"] == {"first": "2022-11", "last": "2023-03"}
    assert problem["status"] == 404
    assert "1999-06" in problem["detail"]


def test_an_empty_table_has_no_available_months(ask):
    assert content(ask("/months")[2])["months"] == []
    status, _, text = ask("/temp", DECEMBER)
    assert status == 404
    assert "available" not in content(text)


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"month": "13", "year": "2022"}, "month"),
        ({"month": "12", "year": "abc"}, "year"),
        ({"year": "2022"}, "month"),
        ({"month": "12"}, "year"),
        ({}, "month"),
        (DECEMBER | {"dataset": "salinity"}, "dataset"),
        (DECEMBER | {"mes": "12"}, "mes"),
        ([("month", "1"), ("month", "2"), ("year", "2022")], "month"),
    ],
)
@pytest.mark.parametrize("metric", FIGURES)
def test_a_wrong_parameter_is_400_naming_it(ask, metric, params, name):
    status, headers, text = ask(f"/{metric}", params)
    problem = content(text)
    assert (status, headers["Content-Type"]) == (400, PROBLEM)
    assert problem["parameter"] == name
    assert name in problem["detail"]
    assert {"type", "title", "status", "detail"} <= set(problem)


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize("params", [{"month": "13", "year": "2022"}, {}, DECEMBER | {"mes": "12"}])
def test_the_400_of_a_figure_has_the_available_months(ask, params):
    assert content(ask("/temp", params)[2])["available"] == {"first": "2022-11", "last": "2023-03"}


@pytest.mark.usefixtures("sample")
def test_the_400_of_an_unknown_dataset_has_no_available_months(ask):
    assert "available" not in content(ask("/temp", {"month": "13", "dataset": "salinity"})[2])


def test_another_method_is_405_with_the_allowed_methods(ask):
    status, headers, text = ask("/temp", DECEMBER, method="POST")
    assert (status, headers["Content-Type"]) == (405, PROBLEM)
    assert "GET" in headers["Allow"]
    assert content(text)["status"] == 405


@pytest.mark.parametrize("path", ["/nothing", "/temp/", "/temp/12", "/%00"])
def test_another_path_is_404_with_the_known_paths(ask, path):
    status, headers, text = ask(path)
    assert (status, headers["Content-Type"]) == (404, PROBLEM)
    assert "/temp" in content(text)["detail"]


def test_ready_reads_the_table(ask):
    assert ask("/ready")[0] == 200


@pytest.mark.usefixtures("sample")
def test_without_the_table_the_process_is_healthy_but_not_ready(ask, cloud, caplog):
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
    load(cloud, ingest, csv(f"2022/12/1,15,{deviation}"))
    assert f'"value": {deviation}' in ask("/sd", DECEMBER)[2]
