"""Notes: what is no fault of an upload but worth a look."""

import pytest

from adapters import items
from aquasense.uploads import receipts
from aquasense.uploads.identity import Upload
from aquasense.uploads.impact import compute_impact
from aquasense.uploads.notes import SENTENCES, Note
from query.openapi.document import build_document
from tests.support import DATASETS, TEMPERATURE, csv, scan_csv, version, versions_of

FIRST, SECOND, OWN, LATER = (f"2026110{day}T000000.000Z-0000-aaaaaaaaaaaa" for day in range(1, 5))
WEEKS = [f"2022/12/{day:02}" for day in (1, 8, 15, 22, 29)]


def file(*dates, upload_id=OWN, name="a.csv"):
    return versions_of(csv(*(f"{date},15,0.1" for date in dates)), upload_id, name)


def notes_of(*versions):
    return list(compute_impact(OWN, TEMPERATURE, versions).notes)


HISTORY = file(*WEEKS, upload_id=FIRST, name="history.csv")
FILES = {
    "the next week": (["2023/1/5"], []),
    "the same dates": (WEEKS, []),
    "a date beside an existing one": (
        ["2022/12/9", "2023/1/5"],
        [("date_beside", {"count": 1, "date": "2022-12-09", "other": "2022-12-08"})],
    ),
    "a date beside one of the year before": (
        ["2022/12/31", "2023/1/2", "2023/1/5"],
        [("date_beside", {"count": 1, "date": "2022-12-31", "other": "2022-12-29"})],
    ),
    "dates beside existing ones": (
        ["2022/12/6", "2022/12/17"],
        [("date_beside", {"count": 2, "date": "2022-12-06", "other": "2022-12-08"})],
    ),
    "a year later": (["2023/12/30"], []),
    "more than a year later": (
        ["2023/1/5", "2024/1/12"],
        [("date_far_ahead", {"count": 1, "date": "2024-01-12", "other": "2023-01-05"})],
    ),
    "a year before its neighbours": (
        ["2023/1/5", "2022/1/12", "2023/1/19"],
        [("year_before", {"count": 1, "date": "2022-01-12", "line": 3})],
    ),
    "the old year after New Year": (
        ["2022/12/22", "2022/12/29", "2022/1/5"],
        [("year_before", {"count": 1, "date": "2022-01-05", "line": 4})],
    ),
    "newest first": (["2023/1/19", "2023/1/12", "2023/1/5"], []),
    "two parts, the newer first": (
        ["2023/1/12", "2023/1/19", "2023/1/26", "2022/11/17", "2022/11/24"],
        [("order_jumps", {"count": 1, "date": "2022-11-17", "line": 5})],
    ),
}


@pytest.mark.parametrize(("dates", "expected"), FILES.values(), ids=FILES)
def test_the_notes_of_a_file_after_a_weekly_history(dates, expected):
    assert notes_of(*HISTORY, *file(*dates)) == expected
    # Later uploads change none.
    later = file("2022/12/10", "2024/1/5", upload_id=LATER)
    assert notes_of(*HISTORY, *file(*dates), *later) == expected


def test_a_first_file_has_notes_of_its_lines_only():
    dates = ["2020/1/1", "2020/1/2", "2022/1/1", "2022/1/8", "2021/1/15", "2022/1/22"]
    assert notes_of(*file(*dates)) == [
        ("year_before", {"count": 1, "date": "2021-01-15", "line": 6})
    ]


def test_neighbouring_dates_are_usual_in_a_daily_series():
    days = [f"2022/12/{day}" for day in range(1, 20)]
    assert notes_of(*file(*days, upload_id=FIRST, name="b.csv"), *file("2022/12/20")) == []


def test_dates_of_the_previous_file_of_the_name_that_still_count_are_noted():
    previous = file(*WEEKS, upload_id=SECOND)
    own = file("2022/12/8", "2022/12/29")
    expected = [("dates_left_out", {"count": 3, "date": "2022-12-01", "last": "2022-12-22"})]
    assert notes_of(*previous, *own) == expected
    # Another file's value counts, or another file has the name.
    other = file("2022/12/15", upload_id=SECOND.replace("a", "b"), name="b.csv")
    assert notes_of(*previous, *other, *own)[0].parameters["count"] == 2
    assert notes_of(*HISTORY, *own) == []
    # Dates that only the file before the previous one had were told then.
    older = file("2021/12/1", upload_id=FIRST)
    assert notes_of(*older, *previous, *own) == expected
    # A file that was deleted before is no previous file.
    deleted = [version._replace(deletion_id=SECOND + "x") for version in previous]
    assert notes_of(*deleted, *own) == []


def test_dates_left_out_are_found_in_other_years_than_the_files_own():
    previous = file("2020/12/3", "2021/12/2", "2022/12/1", upload_id=SECOND)
    (note,) = notes_of(*previous, *file("2021/12/2"))
    assert note == ("dates_left_out", {"count": 2, "date": "2020-12-03", "last": "2022-12-01"})


@pytest.mark.parametrize(
    ("lines", "parameters"),
    [
        (["2022/12/1;15,5;0,1", "2022/12/8;15.5;0.1", "2022/12/9;16.5;1"], {"count": 3, "line": 3}),
        (["2022/12/1;15,5;0.1"], {"count": 1, "line": 2}),
        (["2022/12/1;15,5;0,1", "2022/12/8;15;1"], None),
        (["2022/12/1;15.5;0.1", "2022/12/8;15;1"], None),
    ],
)
def test_decimal_points_among_decimal_commas_are_noted_and_stored(lines, parameters):
    at = version("2022-12-01").upload_id
    upload = Upload(at, "a.csv", "v", None, 1)
    scan = scan_csv(csv(*lines, header="Fecha;Medias;Desviaciones"))
    receipt = receipts.build_receipt(upload, TEMPERATURE.name, scan)
    notes = [Note("decimal_points", parameters)] if parameters else []
    assert list(receipt.notes) == notes
    item = items.receipt_item(receipt)
    assert ("notes" in item) == bool(notes)
    assert items.parse_receipt(item) == receipt
    members = receipts.receipt_members(receipt, None)
    assert members["notes"] == [note._asdict() for note in notes]


def test_the_codes_are_those_of_the_schema():
    upload = build_document(DATASETS)["components"]["schemas"]["Upload"]
    codes = upload["allOf"][1]["properties"]["notes"]["items"]["properties"]["code"]
    assert codes == {"enum": list(SENTENCES)}


@pytest.mark.parametrize("code", SENTENCES)
@pytest.mark.parametrize("count", [1, 2])
def test_every_note_has_a_sentence_with_its_parameters(code, count):
    parameters = {"date": "2022-12-01", "other": "2022-12-02", "last": "2022-12-03", "line": 4}
    text = Note(code, {"count": count, **parameters}).describe("a.csv")
    assert "{" not in text
    assert ("2022-12-01" in text) == (code != "decimal_points")
