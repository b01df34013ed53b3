"""Responses below /erddap/: rerddap's requests, values, errors, limits, and anything at all."""

import asyncio
import csv
import io
import json
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aquasense.datasets import Datasets
from aquasense.figures.registry import FIGURES
from aquasense.metadata.description import Description
from query.erddap import tabledap
from query.erddap.endpoints import ENDPOINTS
from query.http import Request
from query.service import Service
from tests import support
from tests.unit.test_query_handler import FakeTable

READINGS, MONTHLY = "marmenor_temperature", "marmenor_temperature_monthly"
TEXT = "text/plain;charset=UTF-8"
PLACED = replace(
    support.TEMPERATURE,
    description=Description(
        37.73, -0.79, institution="Institute of the Sea", keywords=("coastal lagoon",)
    ),
)


def respond(path, query="", *, table=None, dataset=support.TEMPERATURE, **headers):
    """Return the response to a GET below /erddap/."""
    service = Service(table or FakeTable(), Datasets({dataset.name: dataset}, dataset))
    request = Request("GET", f"/erddap/{path}", headers=headers, query_string=query)
    return asyncio.run(service.respond(request, ("*",)))


def rows_of(path, query="", **others):
    """Return the lines of a CSV as lists of cells."""
    response = respond(path, query, **others)
    assert response.status == 200, response.content()
    return list(csv.reader(io.StringIO(response.content().decode())))


def error_of(path, query="", **others):
    """Return status and message of an error in ERDDAP's form."""
    response = respond(path, query, **others)
    assert response.headers["Content-Type"] == TEXT
    first, code, message, last, end = response.content().decode().split("\n")
    assert (first, last, end) == ("Error {", "}", "")
    assert code == f"    code={response.status};"
    return response.status, json.loads(message.removeprefix("    message=").removesuffix(";"))


# The requests of rerddap 1.3, with the type of response that it demands.
JSON, CSV = "application/json;charset=UTF-8", "text/csv;charset=UTF-8"
RERDDAP = [
    ("version", "", TEXT),
    ("search/index.json", "searchFor=temperature&page=1&itemsPerPage=1000", JSON),
    ("search/advanced.json", "page=1&itemsPerPage=1000&protocol=tabledap", JSON),
    ("tabledap/index.json", "page=1&itemsPerPage=10000", JSON),
    (f"info/{READINGS}/index.json", "", JSON),
    (f"tabledap/{READINGS}.csv", "time,mean&time%3E%3D2023-03-01&distinct()", CSV),
    (f"tabledap/{READINGS}.csv", "time,mean&orderBy%28%22mean%22%29&units%28%22UDUNITS%22%29", CSV),
    (f"tabledap/{READINGS}.dds", "", TEXT),
]  # fmt: skip


@pytest.mark.parametrize(("path", "query", "media_type"), RERDDAP)
def test_rerddaps_requests_get_the_types_that_it_demands(path, query, media_type):
    headers = {
        "user-agent": "libcurl/8.5.0 r-curl/5.2.1 crul/1.4.2",
        "accept-encoding": "gzip, deflate",
        "accept": "application/json, text/xml, application/xml, */*",
    }
    response = respond(path, query, **headers)
    assert (response.status, response.headers["Content-Type"]) == (200, media_type)


def test_rerddap_finds_the_members_that_it_reads():
    listed = json.loads(respond("search/index.json", "searchFor=temperature").content())["table"]
    rows = [dict(zip(listed["columnNames"], row, strict=True)) for row in listed["rows"]]
    assert [(row["griddap"], row["Dataset ID"]) for row in rows] == [("", READINGS), ("", MONTHLY)]
    info = json.loads(respond(f"info/{READINGS}/index.json").content())["table"]
    assert info["columnNames"] == [
        "Row Type", "Variable Name", "Attribute Name", "Data Type", "Value",
    ]  # fmt: skip
    variables = {row[1]: row[3] for row in info["rows"] if row[0] == "variable"}
    assert variables.items() >= {"time": "double", "qc_flag": "byte", "file": "String"}.items()
    # R's read.table splits each line of the dds at blanks, and wants as many parts in each.
    lines = respond(f"tabledap/{READINGS}.dds").content().decode().splitlines()
    assert {len(line.split()) for line in lines} == {2}
    types = dict(reversed(line.strip(" ;").split()) for line in lines[2:-2])
    assert {types[name] for name, kind in variables.items() if kind == "double"} == {"Float64"}
    assert list(types) == list(variables)


@pytest.mark.parametrize("digits", ["15.123456789012345678901234567890", "1E+2", "-0.10"])
def test_values_are_those_of_readings_digit_for_digit(digits):
    table = FakeTable()
    table.versions = support.readings(("2022-12-01", digits))
    [header, units, *cells] = rows_of(f"tabledap/{READINGS}.csv", "time,mean", table=table)
    assert (header, units) == (["time", "mean"], ["UTC", "degree_Celsius"])
    service = Service(table, support.DATASETS)
    request = Request("GET", "/readings", [("format", "csv"), ("fields", "date,mean")])
    _, line = asyncio.run(service.respond(request, ("*",))).content().decode().splitlines()
    date, mean = line.split(",")
    assert cells == [[f"{date}T00:00:00Z", mean]]
    response = respond(f"tabledap/{READINGS}.json", "mean", table=table)
    parsed = json.loads(response.content(), parse_float=str, parse_int=str)
    assert parsed["table"]["rows"] == [[mean]]


def test_the_monthly_figures_are_those_of_series():
    _, _, *lines = rows_of(f"tabledap/{MONTHLY}.csv", ",".join(["time", *FIGURES, "readings"]))
    assert lines[0] == [
        "2022-11-01T00:00:00Z",
        "18.658589269534403",
        "0.371891874269512",
        "NaN",
        "2",
    ]
    assert lines[1][:4] == [
        "2022-12-01T00:00:00Z", "15.374606476138302", "0.406611695429108", "-4.48863557076381",
    ]  # fmt: skip


def test_flags_have_the_codes_of_qartod():
    table = FakeTable()
    days = [("2022-12-01", "15"), ("2022-12-08", "35.5"), ("2022-12-15", "15.1")]
    table.versions = support.readings(*days)
    names = "time,qc_flag,qc_gross_range,qc_gap,qc_timing"
    _, _, *lines = rows_of(f"tabledap/{READINGS}.csv", names, table=table)
    assert [line[1:] for line in lines] == [
        ["1", "1", "2", "1"], ["4", "3", "1", "1"], ["3", "1", "1", "1"],
    ]  # fmt: skip
    _, _, line = rows_of(f"tabledap/{MONTHLY}.csv", "qc_flag", table=table)
    assert line == ["4"]
    # A flag in a constraint only is evaluated too.
    lines = rows_of(f"tabledap/{READINGS}.csv0", "time&qc_gross_range=3", table=table)
    assert lines == [["2022-12-08T00:00:00Z"]]


def test_a_month_without_readings_is_a_row_of_missing_values():
    table = FakeTable()
    table.versions = support.readings(("2022-11-01", "15"), ("2023-01-01", "15"))
    lines = rows_of(f"tabledap/{MONTHLY}.csv0", "temp,readings,comparable,qc_flag", table=table)
    assert lines[1] == ["NaN", "0", "0", "2"]


def test_the_headers_of_csvp_have_the_units_and_csv0_has_none():
    query = "time,mean,file&time>=2023-03-29"
    header, line = rows_of(f"tabledap/{READINGS}.csvp", query)
    assert header == ["time (UTC)", "mean (degree_Celsius)", "file"]
    assert rows_of(f"tabledap/{READINGS}.csv0", query) == [line]


def test_a_formula_in_a_file_name_is_no_formula_in_csv_and_no_element_in_html():
    table = FakeTable()
    table.versions = [support.version("2022-12-01")._replace(file="=<b>.csv")]
    assert rows_of(f"tabledap/{READINGS}.csv0", "file", table=table) == [["'=<b>.csv"]]
    html = respond(f"tabledap/{READINGS}.htmlTable", "file", table=table).content()
    assert b"&lt;b&gt;" in html
    assert b"<b>" not in html


def test_responses_are_validated_by_their_etag():
    first = respond(f"tabledap/{READINGS}.ncCF")
    assert first.headers["Last-Modified"] == "Mon, 23 Nov 2026 06:16:48 GMT"
    assert first.headers["Cache-Control"] == "no-cache"
    again = respond(f"tabledap/{READINGS}.ncCF", **{"if-none-match": first.headers["ETag"]})
    assert (again.status, again.content()) == (304, b"")


@pytest.mark.parametrize(
    ("path", "query", "status", "words"),
    [
        (f"tabledap/{READINGS}.csv", "&time>now", 404, "no matching results"),
        (f"tabledap/{READINGS}.ncCF", "mean&mean>99", 404, "no matching results"),
        (f"tabledap/{READINGS}.csv", "depth", 400, 'Unrecognized variable="depth"'),
        (f"tabledap/{READINGS}.csv", 'time&orderByMax("time")', 400, "orderByMax"),
        (f"tabledap/{READINGS}.largePng", "time,mean", 404, "There is: .csv, .csvp"),
        (f"tabledap/{READINGS}", "", 404, "Resource not found"),
        (f"tabledap/{READINGS}.dods", "", 404, "not supported"),
        ("tabledap/nothing.csv", "", 404, 'unknown datasetID="nothing"'),
        ("info/nothing/index.csv", "", 404, "unknown datasetID"),
        (f"info/{READINGS}/index.nc", "", 404, "not supported"),
        ("griddap/jplMURSST41.nc", "analysed_sst", 404, "Resource not found"),
        (f"wms/{READINGS}/request", "", 404, "Resource not found"),
        ("categorize/standard_name/index.csv", "", 404, "Resource not found"),
        ("", "", 404, "Resource not found"),
        ("search/index.csv", "searchFor=glider", 404, "no matching results"),
        ("search/index.csv", "page=2", 404, "no matching results"),
        ("info/index.csv", "itemsPerPage=0", 400, "whole number"),
        ("search/advanced.csv", "minLat=north", 400, "degrees"),
        ("search/advanced.csv", "minTime=soon", 400, "not a time"),
    ],
)
def test_errors_have_erddaps_form_and_a_sentence(path, query, status, words):
    code, message = error_of(path, query)
    assert code == status
    assert message.startswith("Not Found: " if status == 404 else "Bad Request: ")
    assert words in message


def test_a_request_that_needs_too_many_items_is_refused_in_words():
    table = FakeTable()
    table.limit = 19
    for path in (
        f"tabledap/{READINGS}.csv",
        f"tabledap/{MONTHLY}.nc",
        f"info/{READINGS}/index.csv",
    ):
        status, message = error_of(path, table=table)
        assert (status, "more than 19 stored versions" in message) == (400, True)


def test_a_file_that_is_too_large_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(tabledap, "MAX_NETCDF_BYTES", 100)
    status, message = error_of(f"tabledap/{READINGS}.nc")
    assert (status, "too much data" in message) == (400, True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", 2), ("searchFor=temperature", 2), ("searchFor=TEMPER lagoon", 2),
        ('searchFor="coastal lagoon"', 2), ("searchFor=monthly figures", 1),
        ("searchFor=lagoon -monthly", 1), ('searchFor=-"coastal lagoon"', 0),
        (f"searchFor=datasetID={READINGS}_", 1), ("protocol=tabledap", 2), ("protocol=griddap", 0),
        ("cdm_data_type=timeseries", 2), ("cdm_data_type=trajectory", 0),
        ("institution=institute_of_the_sea", 2), ("ioos_category=temperature", 0),
        ("keywords=coastal_lagoon", 2), ("standard_name=sea_water_temperature", 2),
        ("variableName=maxdiff", 1), ("long_name=greatest_deviation", 1), ("protocol=(ANY)", 2),
        ("minLat=37&maxLat=38&minLon=-1&maxLon=0", 2), ("minLat=38", 0), ("maxLon=-0.8", 0),
        ("minLon=-0.79", 2), ("minTime=2023-03-15", 1), ("maxTime=2022-11-10", 1),
        ("minTime=2023-01-01&maxTime=2023-01-02", 1), ("minTime=now-7days", 0), ("other=1", 2),
    ],
)  # fmt: skip
def test_a_search_finds_tables(options, expected):
    query = "&".join(
        "=".join(map(quote, part.split("=", 1))) for part in options.split("&") if part
    )
    if not expected:
        assert error_of("search/advanced.csv", query, dataset=PLACED)[0] == 404
    else:
        assert len(rows_of("search/advanced.csv", query, dataset=PLACED)) == expected + 1


def test_a_dataset_without_a_position_is_in_no_part_of_the_world():
    bare = replace(PLACED, description=Description())
    assert error_of("search/advanced.csv", "minLat=-90", dataset=bare)[0] == 404


def test_attributes_that_are_not_stated_are_left_out():
    bare = replace(PLACED, description=Description())
    for dataset, expected in ((PLACED, True), (bare, False)):
        names = {row[2] for row in rows_of(f"info/{READINGS}/index.csv", dataset=dataset)}
        stated = {"institution", "geospatial_lat_min", "geospatial_bounds", "keywords"} <= names
        assert stated == expected
        assert "creator_name" not in names
    text = respond(f"tabledap/{READINGS}.csv", "latitude&latitude=37.73", dataset=PLACED).content()
    assert text.startswith(b"latitude\ndegrees_north\n37.73\n")


def test_info_and_das_describe_the_same_attributes():
    das = respond(f"tabledap/{READINGS}.das").content().decode()
    for _, variable, attribute, kind, value in rows_of(f"info/{READINGS}/index.csv")[1:]:
        if attribute:
            text = json.dumps(value, ensure_ascii=False) if kind == "String" else value
            assert f" {attribute} {text};" in das, variable


def test_an_empty_table_has_metadata_and_no_rows():
    table = FakeTable()
    table.versions = []
    assert rows_of(f"info/{READINGS}/index.csv", table=table)
    assert b"time_coverage" not in respond(f"tabledap/{READINGS}.das", table=table).content()
    for path in (f"tabledap/{READINGS}.csv", f"tabledap/{MONTHLY}.nc"):
        assert error_of(path, table=table)[0] == 404
    assert error_of(f"tabledap/{READINGS}.csv", "time&time>max(time)", table=table)[0] == 400


WORDS = st.sampled_from(
    ["time", "mean", "file", "qc_flag", "latitude", ",", "&", "=", "!=", "=~", ">=", "<", '"', "(",
     ")", "*", "[", "\\", "now-7days", "max(time)", "min(mean)-1", "2022-12", "15", "NaN",
     "distinct()", 'orderBy("time")', "orderByMax", "%", "%26", "%22", "+", "-", "\x00", "ñ"]
)  # fmt: skip
QUERIES = st.one_of(st.lists(WORDS, max_size=12).map("".join), st.text(max_size=30))
NAMES = st.sampled_from([READINGS, MONTHLY, "index", "advanced", "version", "nothing", ""])
PATHS = st.one_of(
    st.sampled_from([endpoint.path.removeprefix("/erddap/") for endpoint in ENDPOINTS])
    .flatmap(
        lambda path: st.tuples(st.just(path), NAMES, st.sampled_from([*tabledap.TYPES, "png"]))
    )
    .map(lambda parts: parts[0].replace("{id}", parts[1]).replace("{type}", parts[2])),
    st.text(max_size=20),
)


@given(PATHS, QUERIES)
@example("tabledap/marmenor_temperature.ncCF", "mean&mean<=max(mean)&distinct()")
def test_any_request_is_answered_with_data_or_an_error_in_erddaps_form(path, query):
    response = respond(path, query)
    assert response.status in (200, 400, 404)
    if response.status != 200:
        assert error_of(path, query)[0] == response.status
