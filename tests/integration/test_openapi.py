"""The OpenAPI document agrees with the routes, the Postman collection and a fuzzer."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pandas as pd
import pytest
from aiohttp.test_utils import TestClient, TestServer

from api.app import create_app
from aquasense.figures.registry import FIGURES
from query.erddap.endpoints import ENDPOINTS
from query.openapi.document import build_document
from query.routes import ROUTES
from tests import serving, support
from tools.postman import COLLECTION, collection


@pytest.fixture(scope="module")
def address(endpoint):
    """Start the API as a process, with the sample and a file with a rejected line."""
    name = serving.table(endpoint)
    files = [
        ("temperatura_1.csv", support.SAMPLE.read_bytes()),
        ("=bad.csv", support.csv("2022/12/1,16,0.7", "<script>,1,1")),
    ]
    serving.load(endpoint, name, files)
    with serving.api(endpoint, name) as url:
        yield url


def document():
    return build_document(support.DATASETS)


def test_every_route_is_documented_and_every_documented_path_is_a_route(cloud):
    served = {resource.canonical for resource in create_app(cloud.config).router.resources()}
    public = {path for path in served if not path.startswith("/page/")}
    erddap = {endpoint.path for endpoint in ENDPOINTS}
    pages = {"/", "/docs", "/robots.txt", "/sitemap.xml"}
    assert public - {*pages, "/erddap/{path}"} == set(document()["paths"]) - erddap
    assert erddap < set(document()["paths"])


def test_every_operation_has_a_tag_that_the_document_lists():
    tags = {tag["name"] for tag in document()["tags"]}
    for path, operations in document()["paths"].items():
        assert set(operations["get"]["tags"]) <= tags, path


def test_exactly_the_documented_parameters_are_accepted(cloud):
    async def run():
        async with TestClient(TestServer(create_app(cloud.config))) as client:
            for path, operations in document()["paths"].items():
                names = [p["name"] for p in operations["get"].get("parameters", ())]
                url = path.replace("{id}", "1")
                for name in names if path in ROUTES else ():
                    if f"{{{name}}}" in path:
                        continue
                    text = await (await client.get(url, params={name: "\x00"})).text()
                    assert "there is no parameter" not in text, (path, name)
                if path in ROUTES:
                    response = await client.get(url, params={"nothing": "1"})
                    assert response.status == 400, path

    asyncio.run(run())


def test_every_example_of_the_document_is_200(address):
    for request in collection(address)["item"]:
        with urllib.request.urlopen(request["request"]["url"]["raw"]) as response:
            assert response.status == 200, request["name"]


def test_every_schema_is_used_and_every_reference_exists():
    text = json.dumps(document())
    references = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert references == set(document()["components"]["schemas"])


def test_the_postman_collection_is_up_to_date():
    assert json.loads(COLLECTION.read_text()) == collection("{{api}}"), "run: make postman"


@pytest.mark.parametrize(
    "phases", ["examples,coverage", pytest.param("fuzzing", marks=pytest.mark.faults)]
)
def test_fuzzing_finds_no_undocumented_response(address, tmp_path, phases):
    command = Path(sys.executable).with_name("st")
    assert shutil.which(command)
    process = subprocess.run(
        [command, "--config-file", support.ROOT / "tests" / "schemathesis.toml", "--no-color",
         "run", f"{address}/openapi.json", "--max-examples", "20", "--phases", phases],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stdout


@pytest.mark.parametrize("page", ["README.md", "docs/recipes.md"])
def test_the_documented_line_of_pandas_works(address, page):
    text = (support.ROOT / page).read_text(encoding="utf-8")
    [line] = [line for line in text.splitlines() if line.startswith("import pandas")]
    namespace = {}
    exec(line.replace("http://localhost:5000", address), namespace)
    assert len(namespace["readings"]) == 20
    assert str(namespace["readings"]["date"].min().date()) == "2022-11-17"


def test_one_line_of_pandas_computes_the_figure(address):
    readings = pd.read_csv(f"{address}/readings?from=2023-01&to=2023-01&format=csv", parse_dates=["date"])  # noqa: E501  # fmt: skip
    assert list(readings["line"]) == [9, 10, 11, 12]
    with urllib.request.urlopen(f"{address}/temp?month=1&year=2023") as response:
        value = json.load(response)["value"]
    assert readings["mean_degree_Celsius"].mean() == pytest.approx(value, rel=1e-15)
    figure = pd.read_csv(f"{address}/temp?month=1&year=2023&format=csv")  # noqa: E501  # fmt: skip
    assert figure["value_degree_Celsius"][0] == value
    series = pd.read_csv(f"{address}/series?format=csv")
    assert series["maxdiff_degree_Celsius"].isna().tolist() == [True, *[False] * 4]
    for name in FIGURES:
        columns = f"{name}_degree_Celsius", f"{name}_difference_degree_Celsius"
        assert {*columns, f"{name}_other_years"} <= set(series.columns)
