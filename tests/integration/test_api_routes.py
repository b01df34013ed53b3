"""Every route of the API, as JSON and as CSV."""

import csv
import io
import json
from decimal import Decimal
from types import SimpleNamespace

import pytest

from aquasense.alerting.ledger import NEW, LedgerEntry
from aquasense.figures.registry import FIGURES
from query.routes import ROUTES
from tests import serving, support

# Uploads are a minute apart: between the first and the second.
BETWEEN = "2026-11-23T06:00:50Z"
DECEMBER = {"month": "12", "year": "2022"}
CORRECTION = support.csv("2022/12/1,16,0.7", "2022/12/2,x,1")
PROBLEM = "application/problem+json; charset=utf-8"


@pytest.fixture
def loaded(cloud):
    """Upload the sample, and a correction in a file whose name looks like a formula."""
    files = [("temperatura_1.csv", support.SAMPLE.read_bytes()), ("=1+1.csv", CORRECTION)]
    ids = serving.load(cloud.endpoint, cloud.name, files)
    announced_at = "2026-11-23T06:20:00.786433+00:00"
    entry = LedgerEntry("2022-12-01", ids[1], NEW, "0.7", "16", at=announced_at)
    cloud.with_table(lambda table: table.write_ledger("marmenor.temperature", [entry]))
    return SimpleNamespace(cloud=cloud, ids=ids)


@pytest.fixture
def ask(cloud):
    """Return a function that sends a GET and returns status, headers and parsed content."""

    def get(path, params=None, headers=None):
        status, headers, body = cloud.request(path, params=params, headers=headers)
        text = body.decode()
        if headers["Content-Type"].startswith("text/csv"):
            return status, headers, list(csv.DictReader(io.StringIO(text)))
        return status, headers, json.loads(text, parse_float=Decimal)

    return get


@pytest.mark.usefixtures("loaded")
def test_explain_adds_the_readings_with_file_line_and_upload(ask, loaded):
    _, _, content = ask("/temp", DECEMBER | {"explain": "1"})
    assert [row["date"] for row in content["rows"]] == [
        "2022-12-01", "2022-12-07", "2022-12-16", "2022-12-20", "2022-12-27",
    ]  # fmt: skip
    assert content["rows"][0].items() >= {
        "mean": 16, "deviation": Decimal("0.7"), "file": "=1+1.csv", "line": 2, "flags": [],
        "upload": loaded.ids[1], "uploaded_at": "2026-11-23T06:01:48.650Z",
    }.items()  # fmt: skip
    assert content["rows"][1].items() >= {"file": "temperatura_1.csv", "line": 5}.items()
    assert content["definition"]["version"] == "1"


@pytest.mark.usefixtures("loaded")
def test_fields_select_members_and_columns_of_readings(ask):
    _, _, complete = ask("/readings")
    for fields in (["date", "mean", "deviation", "flags"], ["mean", "date"], ["tests"], ["upload"]):
        _, _, content = ask("/readings", {"fields": ",".join(fields)})
        assert content["readings"] == [
            {name: reading[name] for name in fields} for reading in complete["readings"]
        ]
        assert list(content["readings"][0]) == fields
    _, _, lines = ask("/readings", {"fields": "date,mean,flags", "format": "csv"})
    assert list(lines[0]) == ["date", "mean_degree_Celsius", "flags"]
    assert lines[0]["mean_degree_Celsius"] == str(complete["readings"][0]["mean"])
    _, _, lines = ask("/readings", {"fields": "tests", "format": "csv"})
    assert list(lines[0]) == list(complete["readings"][0]["tests"])


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ("date,maen", "there is no field 'maen'; did you mean 'mean'? There is: date, mean, "),
        ("date,", "there is no field ''"),
        ("", "there is no field ''"),
        ("mean,date,mean", "the field mean is given more than once"),
    ],
)
def test_an_unknown_or_repeated_field_is_named(ask, fields, detail):
    status, _, content = ask("/readings", {"fields": fields})
    assert (status, content["parameter"]) == (400, "fields")
    assert content["detail"].startswith(detail)


@pytest.mark.usefixtures("loaded")
def test_normals_are_months_and_weeks_with_the_period_used(ask):
    _, _, content = ask("/normals", {"to": "2023-02"})
    assert content["period"]["first"] == "2022-11-17"
    assert content["period"]["years"] == 2
    assert "no WMO normal" in content["period"]["caution"]
    december = content["months"][11]
    assert (december["years"], december["readings"], december["greatest"]) == (1, 5, 16)
    _, _, before = ask("/normals", {"as_of": BETWEEN})
    assert before["months"][11]["greatest"] == Decimal("15.569854830055972")
    _, _, lines = ask("/normals", {"format": "csv"})
    assert len(lines) == 12 + 52
    assert lines[11]["greatest_degree_Celsius"] == "16"
    assert (lines[12]["month"], lines[12]["week"], lines[12]["last"]) == ("", "1", "01-07")
    assert {line["period_years"] for line in lines} == {"2"}


@pytest.mark.usefixtures("loaded")
def test_a_trend_of_a_short_series_is_null_with_the_reason(ask):
    status, _, content = ask("/trend", {"metric": "maxdiff", "as_of": BETWEEN, "to": "2023-02"})
    assert (status, content["trend"], content["to"]) == (200, None, "2023-02")
    assert content["reason"].startswith("too short: from 2022-12 to 2023-02 are 3 months")
    _, _, lines = ask("/trend", {"metric": "temp", "format": "csv"})
    assert len(lines) == 13
    assert lines[0]["reason"].startswith("too short")
    assert (lines[12]["month"], lines[12]["years"]) == ("12", "1")


def test_the_trend_of_a_long_series_is_in_json_and_csv(cloud, ask):
    rows = [
        f"{year}-{month:02d}-{day},{month + 0.05 * (year - 2010)},0.1"
        for year in range(2010, 2021)
        for month in range(1, 13)
        for day in (10, 20)
    ]
    serving.load(cloud.endpoint, cloud.name, [("long.csv", support.csv(*rows))])
    _, _, content = ask("/trend", {"metric": "temp"})
    assert (content["trend"], content["dependence"]) == ("increasing", True)
    assert float(content["slope_per_decade"]) == pytest.approx(0.5)
    _, _, lines = ask("/trend", {"metric": "temp", "format": "csv"})
    slope = lines[0]["slope_per_decade_degree_Celsius"]
    assert Decimal(slope) == content["slope_per_decade"]
    _, _, content = ask("/trend", {"metric": "temp", "from": "2014-01"})
    assert "84 months" in content["reason"]


def test_a_trend_needs_a_metric(ask):
    status, headers, content = ask("/trend")
    assert (status, headers["Content-Type"], content["parameter"]) == (400, PROBLEM, "metric")
    assert content["detail"] == "metric is missing; metric is one of temp, sd, maxdiff"
    _, _, content = ask("/trend", {"metric": "mean"})
    assert content["parameter"] == "metric"


@pytest.mark.usefixtures("loaded")
def test_maxdiff_has_the_reasons_why_months_are_not_comparable(ask):
    _, _, december = ask("/maxdiff", DECEMBER)
    assert december["comparable"] is False
    reasons = [(entry["month"], entry["code"], entry["count"]) for entry in december["reasons"]]
    assert reasons == [("2022-11", "few_readings", 2), ("2022-11", "days_without", 16)]
    _, _, january = ask("/maxdiff", {"month": "1", "year": "2023", "explain": "1"})
    assert (january["comparable"], january["reasons"]) == (True, [])
    # The figure uses both months.
    assert {row["date"][:7] for row in january["rows"]} == {"2022-12", "2023-01"}


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    "as_of", [BETWEEN, "2026-11-23T07:00:50+01:00", "2026-11-23T07:00:50 01:00"]
)
def test_as_of_gives_the_values_at_that_time(ask, as_of):
    _, _, content = ask("/temp", DECEMBER | {"as_of": as_of})
    assert content["value"] == Decimal("15.374606476138302")
    # A plus sign that is not encoded arrives as a space; the response repeats the plus sign.
    assert content["as_of"] == as_of.replace(" ", "+")
    assert ask("/months", {"as_of": as_of})[2]["as_of"] == as_of.replace(" ", "+")
    assert ask("/temp", DECEMBER)[2]["value"] == Decimal("15.460635510127108")


@pytest.mark.usefixtures("loaded")
def test_as_of_before_the_first_upload_has_no_readings(ask):
    status, _, content = ask("/temp", DECEMBER | {"as_of": "2020-01-01"})
    assert status == 404
    assert "available" not in content
    assert content["known_from"] == "2026-11-23T06:00:48.650Z"
    assert "nothing was known until 2026-11-23T06:00:48.650Z" in content["detail"]
    for path, name in (("/months", "months"), ("/series", "series"), ("/readings", "readings")):
        assert ask(path, {"as_of": "0001-01-01"})[2][name] == []


def test_the_404_has_the_months_available_at_that_time(ask, cloud):
    files = [("a.csv", support.csv("2022/1/1,15,0.1")), ("b.csv", support.csv("2022/3/1,15,0.1"))]
    serving.load(cloud.endpoint, cloud.name, files, withdrawn=[0])
    march = {"month": "3", "year": "2022"}
    status, _, content = ask("/temp", march | {"as_of": BETWEEN})
    assert (status, content["available"]) == (404, {"first": "2022-01", "last": "2022-01"})
    assert "known_from" not in content
    assert "as of that moment" in content["detail"]
    # Now, after the withdrawal of the first file.
    _, _, content = ask("/temp", {"month": "1", "year": "2022"})
    assert content["available"] == {"first": "2022-03", "last": "2022-03"}
    assert "moment" not in content["detail"]


@pytest.mark.usefixtures("loaded")
def test_a_figure_as_csv_is_one_line_or_one_for_each_reading(ask):
    _, _, [line] = ask("/sd", DECEMBER | {"format": "csv"})
    assert line["value_degree_Celsius"] == "0.7"
    assert (line["readings"], line["largest_gap_days"], line["reason"]) == ("5", "9", "")
    _, _, lines = ask("/sd", DECEMBER | {"format": "csv", "explain": "1"})
    assert [line["line"] for line in lines] == ["2", "5", "6", "7", "8"]
    # A spreadsheet must not read the cell as a formula.
    assert lines[0]["file"] == "'=1+1.csv"


@pytest.mark.usefixtures("loaded")
def test_series_has_every_month_and_the_reason_for_null(ask):
    _, _, content = ask("/series", {"from": "2022-10", "to": "2023-01"})
    rows = content["series"]
    assert [(row["year"], row["month"]) for row in rows] == [
        (2022, 10), (2022, 11), (2022, 12), (2023, 1),
    ]  # fmt: skip
    assert (rows[0]["temp"], rows[0]["reason"]) == (None, "the month has no readings")
    assert rows[0]["coverage"] is None
    assert rows[1]["reason"] == "the previous month has no readings"
    assert rows[2]["temp"] == Decimal("15.460635510127108")
    assert rows[2]["reason"] is None
    assert rows[2]["other_years"]["temp"] == {"difference": None, "years": 0}
    assert content["available"] == {"first": "2022-11", "last": "2023-03"}
    _, _, lines = ask("/series", {"format": "csv"})
    assert len(lines) == 5
    assert lines[1]["temp_degree_Celsius"] == "15.460635510127108"
    assert lines[1]["comparable"] == "false"


@pytest.mark.usefixtures("loaded")
def test_readings_have_verdicts_and_source(ask, loaded):
    _, _, content = ask("/readings", {"from": "2022-12-01", "to": "2022-12"})
    assert len(content["readings"]) == 5
    assert content["readings"][0]["upload"] == loaded.ids[1]
    assert content["readings"][1]["tests"]["spike"] == "pass"
    _, headers, lines = ask("/readings", headers={"Accept": "text/csv"})
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(lines) == 20
    assert lines[0]["mean_degree_Celsius"] == "20.05849040081978"


def test_uploads_with_receipts_equal_those_one_by_one(ask, cloud):
    common = "2022-12-31,9.25,0.1"
    rows = [f"2022-12-{number:02d},{10 + number}.5,0.1" for number in range(1, 12)]
    files = [(f"{row[:10]}.csv", support.csv(row, common)) for row in rows]
    ids = serving.load(cloud.endpoint, cloud.name, [*files, ("bad.csv", b"x")])[::-1]
    _, _, page = ask("/uploads", {"receipts": "1", "limit": "200"})
    assert [upload["id"] for upload in page["uploads"]] == ids[:10]
    assert page["uploads"] == [ask(f"/uploads/{upload}")[2] for upload in ids[:10]]
    assert page["uploads"][1]["unchanged"] == 1
    assert page["next"] == f"/uploads?receipts=1&limit=10&before={ids[9]}"
    _, headers, lines = ask("/uploads", {"receipts": "1", "format": "csv"})
    assert [line["id"] for line in lines] == ids[:10]
    assert [line["new"] for line in lines] == ["0", *["1"] * 9]
    assert 'rel="next"' in headers["Link"]
    _, _, plain = ask("/uploads", {"receipts": "0"})
    assert "new" not in plain["uploads"][0]


def test_uploads_are_selected_by_their_state(ask, cloud):
    good, bad = "2022/1/1,15,0.1", "x,1,1"
    files = {
        "complete": support.csv(good), "partial": support.csv(good, bad),
        "rejected": support.csv(bad), "zip": b"PK\3\4", "withdrawn": support.csv(good),
        "twice": support.csv(good, good),
    }  # fmt: skip
    names = list(files)
    serving.load(cloud.endpoint, cloud.name, files.items(), withdrawn=[names.index("withdrawn")])

    def select(**parameters):
        page = ask("/uploads", parameters)[2]
        return [upload["file"] for upload in page["uploads"]], page.get("next")

    assert select(state="complete") == (["twice", "complete"], None)
    assert select(state="partial") == (["partial"], None)
    assert select(state="rejected") == (["zip", "rejected"], None)
    assert select(state="withdrawn") == (["withdrawn"], None)
    first, address = select(state="rejected", limit="1", receipts="1")
    assert first == ["zip"]
    assert address.startswith("/uploads?state=rejected&limit=1&receipts=1&before=")
    assert ask("/uploads", {"state": "x"})[0] == 400


def test_uploads_are_paged(ask, cloud):
    files = [(f"{number}.csv", support.csv(f"2022/1/{number + 1},15,0.1")) for number in range(5)]
    ids = serving.load(cloud.endpoint, cloud.name, files, withdrawn=[1])
    _, headers, first = ask("/uploads", {"limit": "2"})
    assert [upload["id"] for upload in first["uploads"]] == [ids[4], ids[3]]
    assert headers["Link"] == f'<{first["next"]}>; rel="next"'
    path, _, query = first["next"].partition("?")
    _, _, second = ask(path, dict(pair.split("=") for pair in query.split("&")))
    assert [upload["id"] for upload in second["uploads"]] == [ids[2], ids[1]]
    assert [upload["withdrawn_at"] for upload in second["uploads"]] == [
        None,
        "2026-11-23T06:31:48.650Z",
    ]
    _, headers, rest = ask("/uploads", {"limit": "2", "before": ids[1]})
    assert "next" not in rest
    assert "Link" not in headers
    # CSV is complete without a limit.
    assert [line["id"] for line in ask("/uploads", {"format": "csv"})[2]] == ids[::-1]


@pytest.mark.usefixtures("loaded")
def test_an_upload_has_its_impact(ask, loaded):
    _, _, content = ask(f"/uploads/{loaded.ids[1]}")
    assert (content["new"], content["changed"], content["rejected"]) == (0, 1, 1)
    (rejection,) = content["rejections"]
    assert (rejection["line"], rejection["code"]) == (3, "not_a_number")
    assert rejection["parameters"] == {"column": "mean"}
    december = next(month for month in content["months"] if month["month"] == "2022-12")
    assert december["before"]["temp"] == Decimal("15.374606476138302")
    assert december["after"]["temp"] == Decimal("15.460635510127108")
    assert content["withdrawn_at"] is None
    _, _, lines = ask(f"/uploads/{loaded.ids[1]}", {"format": "csv"})
    parts = {(line["part"], line["name"]): line for line in lines}
    assert parts["month", "2022-12 temp"]["after"] == "15.460635510127108"
    line = parts["rejection", "line 3"]
    assert (line["text"], line["before"]) == ("the mean is not a number", "")
    assert (line["code"], line["parameters"]) == ("not_a_number", "column=mean")
    assert parts["upload", "file"]["text"] == "'=1+1.csv"


def test_an_upload_counts_the_rejected_lines_it_does_not_list(ask, cloud):
    files = [("a.csv", support.csv("2022/1/1,15,0.1", *152 * ["x" * 300 + ",1,1"]))]
    [upload] = serving.load(cloud.endpoint, cloud.name, files)
    _, _, content = ask(f"/uploads/{upload}")
    assert (content["rejected"], len(content["rejections"])) == (152, 100)
    assert content["rejections_not_listed"] == 52
    assert "text" not in content["rejections"][0]
    assert ask("/uploads")[2]["uploads"][0]["rejections_not_listed"] == 52
    _, _, lines = ask(f"/uploads/{upload}", {"format": "csv"})
    counts = {line["name"]: line["after"] for line in lines if line["part"] == "count"}
    assert (counts["rejected"], counts["rejections_not_listed"]) == ("152", "52")
    assert [line["part"] for line in lines].count("rejection") == 100


@pytest.mark.parametrize("upload", ["x", "20261123T061648.650Z-0000-1a2b3c4d5e6f", "%00"])
def test_an_unknown_upload_is_404(ask, upload):
    status, headers, content = ask(f"/uploads/{upload}")
    assert (status, headers["Content-Type"]) == (404, PROBLEM)
    assert "/uploads" in content["detail"]


@pytest.mark.usefixtures("loaded")
def test_alerts_have_the_reading_and_its_announcement(ask, loaded):
    _, _, content = ask("/alerts")
    [alert] = content["alerts"]
    assert alert.items() >= {
        "date": "2022-12-01", "deviation": Decimal("0.7"), "above_threshold": True,
        "announcements": 1,
    }.items()  # fmt: skip
    assert alert["announced"].items() >= {"kind": "new", "by": loaded.ids[1]}.items()
    [line] = ask("/alerts", {"format": "csv"})[2]
    assert (line["announced"], line["announced_deviation_degree_Celsius"]) == ("new", "0.7")
    # In the format of all times, not of the ledger.
    assert alert["announced"]["at"] == line["announced_at"] == "2026-11-23T06:20:00.786Z"
    assert ask("/alerts", {"to": "2022-11"})[2]["alerts"] == []


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("threshold", "count"),
    [("0.7", 0), ("0.6", 1), ("0.49404241295943", 1), ("0.4", 2), ("-1", 20)],
)
def test_another_threshold_is_simulated(ask, threshold, count):
    _, _, content = ask("/alerts/simulate", {"threshold": threshold})
    assert (content["alerts"], content["readings"]) == (count, 20)
    assert len(content["exceedances"]) == count
    assert content["current_threshold"] == Decimal("0.5")
    assert sum(year["alerts"] for year in content["years"]) == count
    assert len(ask("/alerts/simulate", {"threshold": threshold, "format": "csv"})[2]) == count


@pytest.mark.usefixtures("loaded")
def test_changes_are_dates_and_months(ask):
    _, _, content = ask("/changes", {"since": BETWEEN})
    [change] = content["readings"]
    assert (change["date"], change["change"]) == ("2022-12-01", "changed")
    assert change["before"]["mean"] == Decimal("15.569854830055972")
    assert change["after"]["mean"] == 16
    # January's maxdiff depends on December.
    assert [month["month"] for month in content["months"]] == ["2022-12", "2023-01"]
    assert ask("/changes", {"since": BETWEEN, "until": BETWEEN})[2]["readings"] == []
    [line] = ask("/changes", {"since": BETWEEN, "format": "csv"})[2]
    assert line["mean_after_degree_Celsius"] == "16"
    assert line["file_after"] == "'=1+1.csv"


@pytest.mark.usefixtures("loaded")
def test_datasets_have_the_definitions_of_the_figures(ask):
    _, _, content = ask("/datasets")
    assert content["figures"] == [
        {"figure": name, "version": figure.version, "text": figure.definition}
        for name, figure in FIGURES.items()
    ]
    [dataset] = content["datasets"]
    assert dataset.items() >= {
        "name": "marmenor.temperature", "standard_name": "sea_water_temperature",
        "threshold": Decimal("0.5"), "first": "2022-11-17", "last": "2023-03-29", "readings": 20,
        "default": True,
    }.items()  # fmt: skip
    assert dataset["source"]
    assert dataset["licence"]


OF_A_FIGURE = [
    ({"month": "13", "year": "2022"}, "month"),
    ({"month": "12", "year": "abc"}, "year"),
    ({"year": "2022"}, "month"),
    ({"month": "12"}, "year"),
    ({}, "month"),
    (DECEMBER | {"dataset": "salinity"}, "dataset"),
    (DECEMBER | {"mes": "12"}, "mes"),
    (DECEMBER | {"explain": "yes"}, "explain"),
    ([("month", "1"), ("month", "2"), ("year", "2022")], "month"),
]


@pytest.mark.parametrize(
    ("path", "params", "name"),
    [
        ("/series", {"from": "2023-01", "to": "2022-12"}, "from"),
        ("/series", {"from": "2022"}, "from"),
        ("/series", {"to": "2022-13"}, "to"),
        ("/series", {"since": "2022-01"}, "since"),
        ("/readings", {"from": "2022-02-30"}, "from"),
        ("/readings", {"from": "2022-12-02", "to": "2022-12-01"}, "from"),
        ("/readings", {"to": "20221201"}, "to"),
        ("/readings", {"month": "12"}, "month"),
        ("/months", {"as_of": "yesterday"}, "as_of"),
        ("/months", {"as_of": "2024-06-31T00:00:00Z"}, "as_of"),
        ("/months", {"as_of": "2024-06-01T25:00:00Z"}, "as_of"),
        ("/months", {"format": "xlsx"}, "format"),
        ("/months", {"dataset": "x" * 5000}, "dataset"),
        *((f"/{metric}", params, name) for metric in FIGURES for params, name in OF_A_FIGURE),
        ("/uploads", {"limit": "0"}, "limit"),
        ("/uploads", {"limit": "99999"}, "limit"),
        ("/uploads", {"before": "<script>"}, "before"),
        ("/alerts", {"from": "=1+1"}, "from"),
        ("/alerts/simulate", {}, "threshold"),
        ("/alerts/simulate", {"threshold": "0,5"}, "threshold"),
        ("/alerts/simulate", {"threshold": "NaN"}, "threshold"),
        ("/alerts/simulate", {"threshold": "1e9999999"}, "threshold"),
        ("/changes", {}, "since"),
        ("/changes", {"since": "2024-01-02", "until": "2024-01-01"}, "since"),
        ("/datasets", {"dataset": "x"}, "dataset"),
    ],
)
def test_a_wrong_parameter_of_any_route_is_400_naming_it_with_a_hint(ask, path, params, name):
    status, headers, content = ask(path, params)
    assert (status, headers["Content-Type"]) == (400, PROBLEM)
    assert content["parameter"] == name
    assert name in content["detail"]
    assert {"type", "title", "status", "detail"} <= content.keys()
    assert len(content["detail"]) < 400


@pytest.mark.parametrize("path", [path for path in ROUTES if "{" not in path])
def test_the_nearest_name_is_suggested_for_an_unknown_parameter(ask, path):
    name = ROUTES[path].names[0]
    status, _, content = ask(path, {f"{name}x": "1"})
    assert status == 400
    assert f"did you mean '{name}'" in content["detail"]


def test_the_responses_of_an_empty_table(ask):
    for path, name in (
        ("/months", "months"), ("/series", "series"), ("/readings", "readings"),
        ("/uploads", "uploads"), ("/alerts", "alerts"),
    ):  # fmt: skip
        status, _, content = ask(path)
        assert (status, content[name]) == (200, [])
        assert ask(path, {"format": "csv"})[2] == []
    [dataset] = ask("/datasets")[2]["datasets"]
    assert (dataset["readings"], dataset["first"]) == (0, None)
    status, _, problem = ask("/temp", DECEMBER)
    assert (status, problem.get("available")) == (404, None)
