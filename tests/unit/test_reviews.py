"""Reviews: how their files are read, when they apply, and what every answer says of them."""

import asyncio
import io
import json
from urllib.parse import parse_qsl

import pytest

from adapters.upload_items import find_upload_id, is_copy
from aquasense.csvfile.decode import UnreadableFile
from aquasense.csvfile.lines import ReviewRow
from aquasense.csvfile.reader import latest_rows, scan_file
from aquasense.csvfile.reviews import COMMENT_LENGTH
from cli.maintain.gone import expect_gone
from cli.maintain.plain import deserialize, to_plain
from query.http import Request
from query.service import Service
from tests.faults.histories import Action
from tests.faults.world import World, inside
from tests.support import DATASETS, HEADER, LIMITS, TEMPERATURE, csv
from tests.unit.test_erddap import READINGS

REVIEW_HEADER = "date,mean,verdict,comment"
# The week of 15 December is copied under the date of 22 December.
WEEKS = {
    "2022-12-01": ("15.569854830055972", "0.406611695429108"),
    "2022-12-08": ("15.230866866053274", "0.11378819630931346"),
    "2022-12-15": ("14.871234567890123", "0.7123456789"),
    "2022-12-22": ("14.871234567890123", "0.7123456789"),
    "2022-12-29": ("14.512345678901234", "0.31234567"),
}
COPY = "2022-12-22"
MEAN = WEEKS[COPY][0]
KEY = "reviews/marmenor.temperature/a.csv"


class Site:
    """The whole pipeline on the fakes, and the API."""

    def __init__(self):
        self.world = World()

    def run(self, *actions):
        """Perform actions on the bucket, an hour between two, and process each completely."""

        async def perform():
            for action in actions:
                self.world.perform(action)
                await self.world.drain()
                await self.world.stream(lambda: True)

        with inside(self.world):
            asyncio.run(perform())
        return self.world.entries[-1]

    def put(self, key, *lines, header=HEADER):
        self.run(Action(key, 3600, csv(*lines, header=header)))
        return self.get(f"/uploads/{self.uploads()[0]['id']}")

    def put_weeks(self, weeks=WEEKS, key="weeks.csv"):
        return self.put(key, *(f"{day},{mean},{dev}" for day, (mean, dev) in weeks.items()))

    def review(self, *lines, key=KEY, header=REVIEW_HEADER):
        return self.put(key, *lines, header=header)

    def delete(self, key=KEY):
        self.run(Action(key, 3600, None))

    def run_deletion_for_good(self):
        """Delete the newest version of the bucket permanently, and process the event."""
        entry = self.world.entries[-1]

        async def perform():
            self.world.delete_permanently(entry)
            await self.world.drain()

        with inside(self.world):
            asyncio.run(perform())

    def respond(self, target):
        path, _, query = target.partition("?")

        async def get():
            service = Service(self.world.table(), DATASETS)
            return await service.get(Request("GET", path, parse_qsl(query), query_string=query))

        return asyncio.run(get())

    def get(self, target):
        return json.loads(self.respond(target).content())

    def uploads(self):
        return self.get("/uploads")["uploads"]

    def readings(self, query=""):
        return {row["date"]: row for row in self.get(f"/readings?{query}")["readings"]}

    @property
    def mails(self):
        return [message.body for message in self.world.topic.messages]


@pytest.fixture
def site():
    """Return the pipeline with the weeks."""
    site = Site()
    site.put_weeks()
    return site


def scan(*lines, header=REVIEW_HEADER, limits=LIMITS):
    content = csv(*lines, header=header)
    found = scan_file(io.BytesIO(content), limits, TEMPERATURE, reviews=True)
    batches = latest_rows(io.BytesIO(content), limits, found, TEMPERATURE)
    return found, [row for batch in batches for row in batch]


@pytest.mark.parametrize(
    ("header", "line"),
    [
        (REVIEW_HEADER, "2022-12-01,15.50,bad,typed twice"),
        ("fecha,media,veredicto,comentario", "2022/12/1,15.50,MALO,typed twice"),
        ("Fecha;Media;Veredicto;Comentario", "01/12/2022;15,50;mala;typed twice"),
        ("comment\tverdict\tx\tMean (°C)\tdate", "typed twice\tbad\t\t15.50\t2022-12-01"),
        (REVIEW_HEADER, '2022-12-01,15.50,bad,"typed twice"'),
    ],
)
def test_a_review_is_read_in_the_notations_of_other_files(header, line):
    found, rows = scan(line, header=header)
    assert (found.accepted, found.rejected) == (1, 0)
    assert [row[:5] for row in rows] == [(2, "2022-12-01", "15.50", "bad", "typed twice")]


@pytest.mark.parametrize("word", ["good", "Good", "bueno", "BUENA"])
def test_good_is_a_verdict_in_spanish_too(word):
    assert scan(f"2022-12-01,15,{word}", header="date,mean,verdict")[1] == [
        ReviewRow(2, "2022-12-01", "15", "good", "")
    ]


@pytest.mark.parametrize(
    ("line", "code", "parameters"),
    [
        ("2022-12-08,15,maybe,x", "unknown_verdict", None),
        ("2022-12-08,15,,x", "missing_value", {"column": "verdict"}),
        ("2022-12-08,,bad,x", "missing_value", {"column": "mean"}),
        ("2022-12-08,15,bad", "wrong_field_count", {"expected": 4, "found": 3}),
        ("8 Nonsense,15,bad,x", "bad_date", {}),
        (f"2022-12-08,15,bad,{'x' * 501}", "comment_too_long", {"limit": COMMENT_LENGTH}),
        ("2022-12-01,15,good,x", "contradicting_review", {"date": "2022-12-01"}),
    ],
)
def test_a_wrong_line_is_rejected_and_the_others_count(line, code, parameters):
    found, rows = scan("2022-12-01,15,bad,x", line, "2022-12-15,15,good,x")
    (rejection,) = found.rejections
    assert (rejection.line, rejection.code) == (3, code)
    assert parameters in (None, rejection.parameters)
    assert [(row.date, row.verdict) for row in rows] == [
        ("2022-12-01", "bad"),
        ("2022-12-15", "good"),
    ]


def test_the_last_line_of_a_date_counts_unless_it_contradicts():
    found, rows = scan("2022-12-01,15,bad,a", "2022-12-01,15,bad,b", "2022-12-01,16,good,c")
    assert (found.accepted, found.duplicated, found.rejected) == (1, 1, 1)
    assert [row.comment for row in rows] == ["b"]


@pytest.mark.parametrize("header", [HEADER, "date,mean,comment", "date,mean,verdict,verdict"])
def test_another_header_is_rejected(header):
    with pytest.raises(UnreadableFile) as caught:
        scan("2022-12-01,15,bad,x", header=header)
    assert caught.value.code == "no_review_header"
    assert header in caught.value.full_reason


def test_a_header_over_the_limit_is_not_parsed(monkeypatch):
    limits = type(LIMITS)(line_length=10)
    with pytest.raises(UnreadableFile) as caught:
        scan("2022-12-01,15,bad,x", limits=limits)
    assert caught.value.code == "no_review_header"


def test_a_bad_reading_counts_nowhere_and_is_listed_with_its_review(site):
    before = site.get("/temp?month=12&year=2022")
    receipt = site.review(f"{COPY},{MEAN},bad,typed twice")
    upload = receipt["id"]
    assert (receipt["accepted"], receipt["new"], receipt["rejected"]) == (1, 1, 0)
    assert [(month["month"], month["before"]["readings"], month["after"]["readings"])
            for month in receipt["months"]] == [("2022-12", 5, 4)]  # fmt: skip
    assert (receipt["first"], receipt["last"]) == (COPY, COPY)

    row = site.readings()[COPY]
    assert row["review"] == {
        "verdict": "bad", "comment": "typed twice", "file": KEY, "line": 2, "upload": upload,
        "reviewed_at": receipt["uploaded_at"],
    }  # fmt: skip
    figure = site.get("/temp?month=12&year=2022&explain=1")
    assert figure["value"] != before["value"]
    assert figure["coverage"]["readings"] == 4
    assert figure["coverage"]["largest_gap_days"] == 14
    assert figure["reviewed"] == {COPY: "bad"}
    assert [entry["date"] for entry in figure["rows"]] == [day for day in WEEKS if day != COPY]
    assert [entry["date"] for entry in figure["excluded"]] == [COPY]
    assert figure["excluded"] == [row]
    assert site.get("/months")["months"][0]["coverage"]["readings"] == 4
    (month,) = site.get("/series")["series"]
    assert (month["coverage"]["readings"], month["temp"]) == (4, figure["value"])
    assert month["reviewed"] == {COPY: "bad"}
    assert site.get("/normals")["months"][11]["readings"] == 4
    simulated = site.get("/alerts/simulate?threshold=0.5")
    assert (simulated["alerts"], simulated["readings"]) == (1, 4)
    assert [entry["date"] for entry in site.get("/alerts")["alerts"]
            if entry["above_threshold"]] == ["2022-12-15"]  # fmt: skip
    assert site.get("/datasets")["datasets"][0]["readings"] == 4


def test_csv_has_the_review(site):
    site.review(f"{COPY},{MEAN},bad,=typed; twice")
    readings = site.respond("/readings?format=csv").content().decode().splitlines()
    assert readings[0].endswith(",review,review_comment,review_upload")
    (line,) = [line for line in readings if line.startswith(COPY)]
    # An apostrophe keeps the comment from being a formula.
    assert ",bad,'=typed; twice,2026" in line
    figure = site.respond("/temp?month=12&year=2022&explain=1&format=csv").content().decode()
    assert len(figure.splitlines()) == 5
    assert all(line.endswith(f"{COPY} bad") for line in figure.splitlines()[1:])
    changes = site.respond("/changes?since=2020-01-01&format=csv").content().decode()
    assert changes.splitlines()[0].endswith(",review,review_comment")


def test_a_good_reading_keeps_its_flags_and_raises_no_doubt(site):
    assert set(site.get("/temp?month=12&year=2022")["flags"]) == {"2022-12-15", COPY}
    site.review(f"2022-12-15,{MEAN},good,checked", f"{COPY},{MEAN}000,good,checked")
    figure = site.get("/temp?month=12&year=2022&explain=1")
    assert figure["flags"] == {}
    assert figure["reviewed"] == {"2022-12-15": "good", COPY: "good"}
    assert figure["coverage"]["readings"] == 5
    rows = {row["date"]: row for row in figure["rows"]}
    assert rows[COPY]["flags"] == ["repeat:suspect:2022-12-15"]
    assert rows[COPY]["review"]["verdict"] == "good"
    assert rows == {day: row for day, row in site.readings().items() if day in rows}
    (month,) = site.get("/series")["series"]
    assert month["flags"] == {}
    # Uploaded again, the value is still settled.
    again = site.put_weeks(key="again.csv")
    assert (again["unchanged"], again["looks_wrong"], again["notes"]) == (5, 0, [])


def test_the_original_of_a_bad_copy_is_no_repeat(site):
    """A bad reading is no neighbour, in the figure's own month and in another year."""
    assert site.readings()["2022-12-15"]["flags"] == [f"repeat:suspect:{COPY}"]
    site.review(f"{COPY},{MEAN},bad,typed twice")
    assert site.readings()["2022-12-15"]["flags"] == []
    # A bad reading has the flags that it would have without reviews.
    assert site.readings()[COPY]["flags"] == site.readings("as_reviewed=0")[COPY]["flags"]
    assert site.get("/temp?month=12&year=2022")["flags"] == {}
    site.put_weeks({"2024-01-10": WEEKS[COPY]}, key="later.csv")
    assert site.readings()["2024-01-10"]["flags"] == ["repeat:suspect:2022-12-15"]
    site.review(f"2022-12-15,{MEAN},bad,wrong", key="reviews/b.csv")
    assert site.readings()["2024-01-10"]["flags"] == []
    assert site.get("/temp?month=1&year=2024")["flags"] == {}
    site.delete("reviews/b.csv")
    assert site.get("/temp?month=1&year=2024")["flags"] == {
        "2024-01-10": ["repeat:suspect:2022-12-15"]
    }


def test_a_bad_reading_is_no_neighbour_of_a_spike():
    site = Site()
    days = [f"2022-12-{day:02}" for day in (1, 8, 15, 22)]
    site.put_weeks(dict(zip(days, [("15", "0.1"), ("15.1", "0.1"), ("29", "0.1"), ("15.3", "0.1")],
                            strict=True)))  # fmt: skip
    assert "spike:fail" in site.readings()["2022-12-15"]["flags"]
    assert site.readings()["2022-12-22"]["flags"] == ["rate_of_change:suspect"]
    receipt = site.review("2022-12-15,29.0,bad,a slip")
    rows = site.readings()
    assert rows["2022-12-22"]["flags"] == []
    assert rows["2022-12-15"]["flags"] == site.readings("as_reviewed=0")["2022-12-15"]["flags"]
    figure = site.get("/temp?month=12&year=2022&explain=1")
    listed = {row["date"]: row for row in (*figure["rows"], *figure["excluded"])}
    assert listed == rows
    assert receipt["months"][0]["after"]["temp"] == pytest.approx(45.4 / 3)


def test_a_bad_reading_that_was_alerted_is_retracted_and_comes_back(site):
    assert len(site.mails) == 1
    site.review(f"{COPY},{MEAN},bad,typed twice")
    (_, retraction) = site.mails
    assert f"{COPY}  antes 0.7123456789 °C, lectura revisada como mala" in retraction
    assert "the reading was reviewed as bad" in retraction
    assert "2022-12-15" not in retraction
    (alert,) = [a for a in site.get("/alerts")["alerts"] if a["date"] == COPY]
    assert (alert["announced"]["kind"], alert["above_threshold"]) == ("retracted", False)
    site.review(f"{COPY},{MEAN},bad,typed twice")
    assert len(site.mails) == 2
    site.delete()
    assert len(site.mails) == 3
    assert f"{COPY}  desviación 0.7123456789" in site.mails[-1]


def test_a_good_reading_is_not_doubtful_in_mails(site):
    assert "DUDOSA" in site.mails[0]
    site.delete("weeks.csv")
    site.put_weeks()
    site.review(f"{COPY},{MEAN},good,checked", f"2022-12-15,{MEAN},good,checked")
    site.put_weeks({COPY: (MEAN, "0.4")}, key="low.csv")
    site.delete("low.csv")
    alert = site.mails[-1]
    assert f"{COPY}  desviación 0.7123456789" in alert
    assert "DUDOSA" not in alert


def test_a_review_lapses_with_another_value_and_holds_again_with_the_same(site):
    site.review(f"{COPY},{MEAN},bad,typed twice")
    changed = site.put_weeks({COPY: ("14.7", "0.2")}, key="fixed.csv")
    assert changed["notes"] == [
        {"code": "review_lapsed", "parameters": {"count": 1, "date": COPY, "last": COPY}}
    ]
    assert changed["changed"] == 1
    assert site.readings()[COPY]["review"] is None
    assert site.get("/temp?month=12&year=2022")["coverage"]["readings"] == 5
    site.delete("fixed.csv")
    assert site.readings()[COPY]["review"]["verdict"] == "bad"
    # The deviation belongs to the value.
    changed = site.put_weeks({COPY: (MEAN, "0.2")}, key="fixed.csv")
    assert [note["code"] for note in changed["notes"]] == ["review_lapsed"]
    assert site.readings()[COPY]["review"] is None
    # Equal as numbers.
    same = site.put_weeks({COPY: (f"{MEAN}0", f"{WEEKS[COPY][1]}0")}, key="same.csv")
    assert same["notes"] == []
    assert site.readings()[COPY]["review"]["verdict"] == "bad"


def test_deleting_the_file_takes_the_review_back(site):
    as_it_was = site.get("/series"), site.get("/months"), site.readings()
    site.review(f"{COPY},{MEAN},bad,typed twice")
    (entry,) = [item for item in site.uploads() if item["file"] == KEY]
    site.delete()
    assert (site.get("/series"), site.get("/months"), site.readings()) == as_it_was
    assert site.get(f"/uploads/{entry['id']}")["withdrawn_at"]
    reviewed = site.readings(f"as_of={entry['uploaded_at']}")
    assert reviewed[COPY]["review"]["comment"] == "typed twice"
    before = site.uploads()[1]["uploaded_at"]
    assert site.readings(f"as_of={before}")[COPY]["review"] is None


def test_the_newest_review_of_a_value_holds(site):
    site.review(f"{COPY},{MEAN},bad,typed twice")
    again = site.review(f"{COPY},{MEAN},good,it was right", key="reviews/b.csv")
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 1, 0)
    assert site.readings()[COPY]["review"]["verdict"] == "good"
    first = site.get(f"/uploads/{site.uploads()[1]['id']}")
    assert first["superseded"] == 1
    site.delete("reviews/b.csv")
    assert site.readings()[COPY]["review"]["verdict"] == "bad"


def test_changes_names_the_review(site):
    site.review(f"{COPY},{MEAN},bad,typed twice")
    uploaded = site.uploads()[0]["uploaded_at"]
    before = site.uploads()[1]["uploaded_at"]
    changes = site.get(f"/changes?since={before}")
    (row,) = changes["readings"]
    assert (row["date"], row["change"], row["after"]) == (COPY, "withdrawn", None)
    assert row["review"]["comment"] == "typed twice"
    assert [month["month"] for month in changes["months"]] == ["2022-12"]
    assert site.get(f"/changes?since={before}&as_reviewed=0")["readings"] == []
    site.delete()
    (row,) = site.get(f"/changes?since={uploaded}")["readings"]
    assert (row["change"], row["before"], "review" in row) == ("new", None, False)


def test_answers_without_reviews(site):
    paths = (
        "/temp?month=12&year=2022&explain=1", "/sd?month=12&year=2022",
        "/maxdiff?month=12&year=2022", "/months?", "/series?", "/normals?", "/trend?metric=temp",
        "/readings?", "/alerts/simulate?threshold=0.5",
    )  # fmt: skip
    before = {path: site.get(path) for path in paths}
    site.review(f"{COPY},{MEAN},bad,typed twice", f"2022-12-01,{WEEKS['2022-12-01'][0]},good,ok")
    for path, answer in before.items():
        assert site.get(f"{path}&as_reviewed=0") == answer | {"as_reviewed": "0"}
        assert site.get(f"{path}&as_reviewed=1").pop("as_reviewed") == "1"


def test_a_month_of_bad_readings_says_so():
    site = Site()
    site.put_weeks({"2022-12-01": ("15", "0.1")})
    site.review("2022-12-01,15,bad,wrong")
    response = site.respond("/temp?month=12&year=2022")
    assert response.status == 404
    assert "a review calls each of them bad" in json.loads(response.content())["detail"]
    assert site.respond("/temp?month=12&year=2022&as_reviewed=0").status == 200
    assert site.get("/months")["months"] == []


def test_a_line_that_names_no_current_value_is_rejected(site):
    receipt = site.review(
        "2022-12-02,15,bad,no such date",
        f"{COPY},14.87,bad,rounded",
        f"2022-12-15,{MEAN},good,checked",
        "2022-12-08,15,perhaps,x",
        "1999-01-01,15,bad,another year",
    )
    assert (receipt["accepted"], receipt["rejected"], receipt["new"]) == (1, 4, 1)
    assert receipt["rejections_not_listed"] == 0
    assert [(entry["line"], entry["code"], entry["parameters"])
            for entry in receipt["rejections"]] == [
        (2, "review_without_reading", {"date": "2022-12-02"}),
        (3, "review_of_other_value", {"date": COPY, "mean": MEAN}),
        (5, "unknown_verdict", {"names": "good, bueno, buena, bad, malo, mala"}),
        (6, "review_without_reading", {"date": "1999-01-01"}),
    ]  # fmt: skip
    # In every copy of the receipt.
    (listed,) = [item for item in site.uploads() if item["id"] == receipt["id"]]
    assert (listed["accepted"], listed["rejected"]) == (1, 4)
    assert listed["rejections"] == receipt["rejections"]
    with_receipts = site.get("/uploads?receipts=1")["uploads"][0]
    assert (with_receipts["accepted"], with_receipts["rejections"]) == (1, receipt["rejections"])
    private = json.loads(site.world.s3.objects["receipts", f"receipts/{receipt['id']}.json"])
    assert private["accepted"] == 1
    assert [entry.pop("text") for entry in private["rejections"]][1] == f"{COPY},14.87,bad,rounded"
    assert private["rejections"] == receipt["rejections"]
    assert [day for day, row in site.readings().items() if row["review"]] == ["2022-12-15"]
    # It is a review of that value, should it become the current one.
    site.put_weeks({COPY: ("14.87", "0.1")}, key="later.csv")
    assert site.readings()[COPY]["review"]["comment"] == "rounded"
    assert site.get(f"/uploads/{receipt['id']}")["rejections"] == receipt["rejections"]


def test_reviews_in_the_folder_of_an_unknown_dataset_are_rejected_with_the_nearest(site):
    receipt = site.review(f"{COPY},{MEAN},bad,x", key="reviews/marmenor.temperatura/a.csv")
    assert (receipt["status"], receipt["code"]) == ("rejected", "unknown_dataset")
    assert receipt["parameters"]["nearest"] == "marmenor.temperature"
    assert "the nearest is 'marmenor.temperature'" in receipt["reason"]
    assert site.readings()[COPY]["review"] is None


def test_a_file_of_readings_in_the_folder_of_reviews_is_rejected(site):
    receipt = site.put(KEY, "2022-12-01,15,0.1")
    assert (receipt["status"], receipt["code"]) == ("rejected", "no_review_header")


def test_the_readings_of_a_month_index_do_not_come_from_reviews(site):
    site.review("2023-05-05,15,bad,no such date")
    assert asyncio.run(site.world.table().read_months("marmenor.temperature")) == ["2022-12"]


def test_a_figure_takes_no_more_requests_with_reviews(site):
    requests = []

    async def record(action):
        requests.append(action)

    def count_requests():
        requests.clear()
        site.get("/temp?month=12&year=2022")
        return list(requests)

    site.world.dynamo.before = record
    # December needs the neighbours in the next year.
    assert count_requests() == ["Query", "Query"]
    site.review(f"{COPY},{MEAN},bad,typed twice")
    assert count_requests() == ["Query", "Query"]


def test_a_file_of_reviews_that_is_gone_keeps_its_withdrawn_items(site):
    """`verify` expects the tombstones of reviews whose object version was deleted for good."""
    upload = site.review(f"{COPY},{MEAN},bad,typed twice")
    site.run_deletion_for_good()
    group = [
        deserialize(item)
        for item in site.world.projection().values()
        if find_upload_id(deserialize(item)) == upload["id"] and not is_copy(item["sk"]["S"])
    ]
    rows = {item["sk"] for item in group if "kind" not in item}
    (tombstone,) = [key for key in rows if not key.endswith("!")]
    expected = [to_plain(item) for item in expect_gone(upload["id"], group)]
    assert {item["sk"]: item for item in expected if "kind" not in item} == {
        item["sk"]: item for item in group if "kind" not in item
    }
    lost = [item for item in group if item["sk"] != tombstone]
    assert tombstone in {to_plain(item)["sk"] for item in expect_gone(upload["id"], lost)}
    assert site.readings()[COPY]["review"] is None


def test_a_release_without_reviews_reads_a_table_with_them(site):
    """To it a review, its tombstone and their copies are tombstones of no version."""
    site.review(f"{COPY},{MEAN},bad,typed twice")
    site.delete()
    keys = [key for _, key in site.world.projection() if "?" in key]
    assert len(keys) == 4
    for key in keys:
        _, event, *others = key.removeprefix("2022-12-15#=").split("#")
        assert event.startswith("?")
        assert len(others) == 1


def test_erddap_keeps_the_flags_of_a_good_reading_and_leaves_a_bad_one_out(site):
    def rows():
        target = f"/erddap/tabledap/{READINGS}.csv?time,qc_flag"
        lines = site.respond(target).content().decode().splitlines()[2:]
        return {line[:10]: line.rpartition(",")[2] for line in lines}

    site.review(f"{COPY},{MEAN},good,checked")
    assert rows()[COPY] == "3"
    site.review(f"{COPY},{MEAN},bad,typed twice", key="reviews/b.csv")
    assert list(rows()) == [day for day in WEEKS if day != COPY]
    assert rows()["2022-12-15"] != "3"
