"""What is written into the table, and what comes back."""

from datetime import UTC, datetime

import pytest
from aiodynamo.errors import TableNotFound

from adapters.table import Table
from aquasense.alerting.ledger import NEW, LedgerEntry
from aquasense.csvfile.decode import UnreadableFile
from aquasense.readings.versions import current_readings
from aquasense.uploads.identity import Upload
from aquasense.uploads.receipts import build_receipt, build_rejection
from tests.support import csv, rows_of, scan_csv

NAME = "marmenor.temperature"


def upload(order="20261123T061648.650Z-0000-1a2b3c4d5e6f", key="a.csv"):
    return Upload(order, key, "v1", datetime(2026, 11, 23, tzinfo=UTC), 100)


async def each(rows):
    for row in rows:
        yield row


def write(cloud, content, of=None):
    cloud.with_table(lambda table: table.write_rows(NAME, of or upload(), each(rows_of(content))))


def read(cloud, first="2022-01-01", last="2022-12-31"):
    return cloud.with_table(lambda table: table.read_versions(NAME, first, last, consistent=True))


def test_rows_come_back_with_every_digit_and_their_source(cloud):
    write(cloud, csv("2022/12/1,15.569854830055972,0.4066116954291080"))
    (found,) = read(cloud)
    assert tuple(found)[:6] == (
        "2022-12-01", upload().id, "15.569854830055972", "0.4066116954291080", 2, "a.csv",
    )  # fmt: skip


def test_writing_again_changes_nothing(cloud):
    content = csv(*(f"2022/{month}/1,15,0.1" for month in range(1, 13)))
    write(cloud, content)
    before = cloud.items()
    write(cloud, content)
    assert cloud.items() == before
    assert len(before) == 24


def test_uploads_of_one_date_stand_beside_each_other_in_any_order_of_writing(cloud):
    later = upload("20261124T000000.000Z-0000-000000000000", "b.csv")
    write(cloud, csv("2022/12/1,16,0.1"), later)
    write(cloud, csv("2022/12/1,15,0.1"))
    assert {one.mean for one in read(cloud)} == {"15", "16"}
    assert current_readings(read(cloud))[0].mean == "16"


def test_dates_are_asked_for_with_both_ends_included(cloud):
    write(cloud, csv("2022/1/1,1,0", "2022/6/30,2,0", "2022/12/31,3,0", "2023/1/1,4,0"))
    assert [one.mean for one in read(cloud, "2022-01-01", "2022-12-31")] == ["1", "2", "3"]
    assert [one.mean for one in read(cloud, "2022-12-31", "2023-01-01")] == ["3", "4"]
    assert [one.mean for one in read(cloud, "2022-06-30", "2022-06-30")] == ["2"]


def test_a_wide_range_asks_only_for_years_that_have_something(cloud):
    write(cloud, csv("1950/1/1,1,0", "2022/6/30,2,0"))
    assert [one.mean for one in read(cloud, "1900-01-01", "2100-12-31")] == ["1", "2"]


def test_months_are_an_index_in_order(cloud):
    write(cloud, csv("2022/12/1,1,0", "2022/12/7,1,0", "2022/2/1,1,0", "1999/3/1,1,0"))
    found = cloud.with_table(lambda table: table.read_months(NAME))
    assert found == ["1999-03", "2022-02", "2022-12"]


def test_more_rows_than_a_batch_takes(cloud):
    write(
        cloud,
        csv(*(f"{1950 + n // 300}/{n // 25 % 12 + 1}/{n % 25 + 1},{n},0" for n in range(260))),
    )
    assert {one.mean for one in read(cloud, "1950-01-01", "1951-12-31")} == {
        str(n) for n in range(260)
    }


def test_a_receipt_comes_back_as_it_was(cloud):
    survey = scan_csv(
        csv("2022/12/1,15,0.1", "2022/12/1,16,0.1", "2022/13/1,15,0.1", "x,ñ,\U0001f41f")
    )
    receipt = build_receipt(upload(), NAME, survey)
    assert cloud.with_table(lambda table: table.read_receipt(receipt.id)) is None
    cloud.with_table(lambda table: table.put_receipt(receipt))
    found = cloud.with_table(lambda table: table.read_receipt(receipt.id))
    assert found == receipt
    assert [one.line for one in found.rejections] == [4, 5]


def test_the_receipt_of_a_rejected_file_comes_back_as_it_was(cloud):
    receipt = build_rejection(upload(), "", UnreadableFile("zip_file", "this is a zip archive"))
    cloud.with_table(lambda table: table.put_receipt(receipt))
    assert cloud.with_table(lambda table: table.read_receipt(receipt.id)) == receipt


def test_a_receipt_is_recorded_once(cloud):
    first = build_receipt(upload(), NAME, scan_csv(csv("2022/12/1,15,0.1")))
    other = build_rejection(upload(), NAME, UnreadableFile("zip_file", "this is a zip archive"))
    for receipt in (first, first, other):
        cloud.with_table(lambda table, receipt=receipt: table.put_receipt(receipt))
    assert cloud.with_table(lambda table: table.read_receipt(first.id)) == first


def test_the_ledger_keeps_what_was_announced(cloud):
    entries = [
        LedgerEntry(f"2022-12-{day:02d}", upload().id, NEW, "0.60", "15", at="2026-11-23T06:16:49")
        for day in (1, 7)
    ]

    def told(first, name=NAME):
        return cloud.with_table(lambda table: table.read_ledger(name, first, "2022-12-31"))

    for _ in range(2):
        cloud.with_table(lambda table: table.write_ledger(NAME, entries))
    assert told("2022-12-01") == entries
    assert told("2022-12-02") == entries[1:]
    assert told("2022-12-01", "marmenor.salinity") == []


def test_a_message_is_sent_once_it_is_marked(cloud):
    assert not cloud.with_table(lambda table: table.is_sent("upload"))
    for _ in range(2):
        cloud.with_table(lambda table: table.mark_sent("upload"))
    assert cloud.with_table(lambda table: table.is_sent("upload"))
    assert not cloud.with_table(lambda table: table.is_sent("other"))


def test_ready_finds_out_that_there_is_no_table(cloud):
    cloud.with_table(Table.ready)
    cloud.dynamodb.delete_table(TableName=cloud.name)
    with pytest.raises(TableNotFound):
        cloud.with_table(Table.ready)
