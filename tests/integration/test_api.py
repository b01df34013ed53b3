"""The API over HTTP: what is answered, and what never is."""

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
    """Ask the API one thing: status, headers, text."""

    def asked(path, params=None, method="GET"):
        async def run():
            async with (
                TestClient(TestServer(create_app(cloud.config))) as client,
                client.request(method, path, params=params) as answer,
            ):
                return answer.status, answer.headers, await answer.text()

        return asyncio.run(run())

    return asked


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
    found = content(text)
    assert (
        found.items()
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
    # Every digit is in the text itself, not only in what a parser makes of it.
    assert f'"value": {value}' in text


@pytest.mark.usefixtures("sample")
def test_maxdiff_of_the_first_month_is_null_with_a_reason(ask):
    status, _, text = ask("/maxdiff", {"month": "11", "year": "2022"})
    found = content(text)
    assert status == 200
    assert found["value"] is None
    assert found["reason"] == "the previous month has no readings"


@pytest.mark.usefixtures("sample")
def test_maxdiff_of_january_looks_into_the_year_before(ask):
    _, _, text = ask("/maxdiff", {"month": "1", "year": "2023"})
    assert content(text)["value"] == Decimal("-0.9648021288236155")


@pytest.mark.usefixtures("sample")
def test_a_named_dataset_is_asked(ask):
    _, _, text = ask("/temp", DECEMBER | {"dataset": "marmenor.temperature"})
    assert content(text)["value"] == Decimal("15.374606476138302")


@pytest.mark.usefixtures("sample")
def test_months_lists_what_there_is(ask):
    status, _, text = ask("/months")
    found = content(text)
    assert status == 200
    assert [(one["year"], one["month"]) for one in found["months"]] == [
        (2022, 11), (2022, 12), (2023, 1), (2023, 2), (2023, 3),
    ]  # fmt: skip


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize("metric", FIGURES)
def test_a_month_without_readings_is_404_saying_what_there_is(ask, metric):
    status, headers, text = ask(f"/{metric}", {"month": "6", "year": "1999"})
    found = content(text)
    assert (status, headers["Content-Type"]) == (404, PROBLEM)
    assert found["available"] == {"first": "2022-11", "last": "2023-03"}
    assert found["status"] == 404
    assert "1999-06" in found["detail"]


def test_an_empty_table_has_no_months_and_says_so(ask):
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
    found = content(text)
    assert (status, headers["Content-Type"]) == (400, PROBLEM)
    assert found["parameter"] == name
    assert name in found["detail"]
    assert {"type", "title", "status", "detail"} <= set(found)


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize("params", [{"month": "13", "year": "2022"}, {}, DECEMBER | {"mes": "12"}])
def test_a_wrong_parameter_of_a_figure_is_told_which_months_there_are(ask, params):
    assert content(ask("/temp", params)[2])["available"] == {"first": "2022-11", "last": "2023-03"}


@pytest.mark.usefixtures("sample")
def test_a_dataset_that_is_none_has_no_months_to_tell_of(ask):
    assert "available" not in content(ask("/temp", {"month": "13", "dataset": "salinity"})[2])


def test_another_method_is_405_saying_which_there_are(ask):
    status, headers, text = ask("/temp", DECEMBER, method="POST")
    assert (status, headers["Content-Type"]) == (405, PROBLEM)
    assert "GET" in headers["Allow"]
    assert content(text)["status"] == 405


@pytest.mark.parametrize("path", ["/nothing", "/temp/", "/temp/12", "/%00"])
def test_another_path_is_404_saying_which_there_are(ask, path):
    status, headers, text = ask(path)
    assert (status, headers["Content-Type"]) == (404, PROBLEM)
    assert "/temp" in content(text)["detail"]


def test_ready_answers_for_the_table(ask):
    assert ask("/ready")[0] == 200


@pytest.mark.usefixtures("sample")
def test_without_the_table_the_process_is_healthy_not_ready_and_tells_nothing(ask, cloud, caplog):
    cloud.dynamodb.delete_table(TableName=cloud.name)
    assert ask("/health")[0] == 200
    for path, params in (("/ready", None), ("/temp", DECEMBER), ("/months", None)):
        status, headers, text = ask(path, params)
        assert (status, headers["Content-Type"]) == (503, PROBLEM)
        for secret in (cloud.name, "ResourceNotFound", "TableNotFound", "Traceback", "aiodynamo"):
            assert secret not in text
    # Who looks after it finds it in the log.
    assert "TableNotFound" in caplog.text


def test_digits_beyond_a_double_reach_the_asker(ask, cloud, ingest):
    deviation = "0.12345678901234567890123456789"
    load(cloud, ingest, csv(f"2022/12/1,15,{deviation}"))
    assert f'"value": {deviation}' in ask("/sd", DECEMBER)[2]
