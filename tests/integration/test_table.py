"""Reads and writes of the table, on an emulated DynamoDB."""

import asyncio
from datetime import UTC, datetime

import pytest
from aiodynamo.errors import TableNotFound

from adapters.dynamodb import TooManyItems
from adapters.table import Table
from aquasense.alerting.ledger import NEW, LedgerEntry
from aquasense.csvfile.decode import UnreadableFile
from aquasense.readings.versions import current_readings
from aquasense.uploads.identity import Upload
from aquasense.uploads.privacy import withhold_texts
from aquasense.uploads.receipts import build_receipt, build_rejection
from tests.support import csv, rows_of, scan_csv

NAME = "marmenor.temperature"


def upload(upload_id="20261123T061648.650Z-0000-1a2b3c4d5e6f", key="a.csv"):
    return Upload(upload_id, key, "v1", datetime(2026, 11, 23, tzinfo=UTC), 100)


async def iterate(rows):
    for row in rows:
        yield row


def write(cloud, content, of=None):
    cloud.with_table(
        lambda table: table.write_rows(NAME, of or upload(), iterate(rows_of(content)))
    )


def read(cloud, first="2022-01-01", last="2022-12-31"):
    return cloud.with_table(lambda table: table.read_versions(NAME, first, last, consistent=True))


def test_rows_are_read_with_every_digit_and_their_source(cloud):
    write(cloud, csv("2022/12/1,15.569854830055972,0.4066116954291080"))
    (version,) = read(cloud)
    assert tuple(version)[:6] == (
        "2022-12-01", upload().id, "15.569854830055972", "0.4066116954291080", 2, "a.csv",
    )  # fmt: skip


def test_more_rows_than_a_batch_are_written_and_writing_them_again_changes_nothing(cloud):
    days = [f"{1950 + n // 300}/{n // 25 % 12 + 1}/{n % 25 + 1}" for n in range(260)]
    content = csv(*(f"{day},{n},0" for n, day in enumerate(days)))
    write(cloud, content)
    before = cloud.items()
    write(cloud, content)
    assert cloud.items() == before
    assert {version.mean for version in read(cloud, "1950-01-01", "1951-12-31")} == {
        str(n) for n in range(260)
    }


def test_versions_of_a_date_do_not_depend_on_the_order_of_writes(cloud):
    later = upload("20261124T000000.000Z-0000-000000000000", "b.csv")
    write(cloud, csv("2022/12/1,16,0.1"), later)
    write(cloud, csv("2022/12/1,15,0.1"))
    assert {version.mean for version in read(cloud)} == {"15", "16"}
    assert current_readings(read(cloud))[0].mean == "16"


def test_a_range_of_dates_includes_both_ends(cloud):
    write(cloud, csv("2022/1/1,1,0", "2022/6/30,2,0", "2022/12/31,3,0", "2023/1/1,4,0"))
    assert [version.mean for version in read(cloud, "2022-01-01", "2022-12-31")] == ["1", "2", "3"]
    assert [version.mean for version in read(cloud, "2022-12-31", "2023-01-01")] == ["3", "4"]
    assert [version.mean for version in read(cloud, "2022-06-30", "2022-06-30")] == ["2"]
    assert [version.mean for version in read(cloud, "1900-01-01", "2100-12-31")] == [*"1234"]


def test_months_are_sorted_and_unique(cloud):
    write(cloud, csv("2022/12/1,1,0", "2022/12/7,1,0", "2022/2/1,1,0", "1999/3/1,1,0"))
    months = cloud.with_table(lambda table: table.read_months(NAME))
    assert months == ["1999-03", "2022-02", "2022-12"]


REJECTED = build_rejection(upload(), "", UnreadableFile("zip_file", "this is a zip archive"))
INCORPORATED = build_receipt(
    upload(),
    NAME,
    scan_csv(csv("2022/12/1,15,0.1", "2022/12/1,16,0.1", "2022/13/1,15,0.1", "x,ñ,\U0001f41f")),
)


@pytest.mark.parametrize(("receipt", "lines"), [(INCORPORATED, [4, 5]), (REJECTED, [])])
def test_a_receipt_is_recorded_once_and_read_as_written(cloud, receipt, lines):
    assert cloud.with_table(lambda table: table.read_receipt(receipt.id)) is None
    for written in (receipt, receipt, REJECTED, INCORPORATED):
        cloud.with_table(lambda table, written=written: table.put_receipt(written))
    stored = cloud.with_table(lambda table: table.read_receipt(receipt.id))
    assert stored == withhold_texts(receipt)
    assert [rejection.line for rejection in stored.rejections] == lines


def test_ledger_entries_are_read_by_dataset_and_date(cloud):
    entries = [
        LedgerEntry(f"2022-12-{day:02d}", upload().id, NEW, "0.60", "15", at="2026-11-23T06:16:49")
        for day in (1, 7)
    ]

    def read_ledger(first, name=NAME):
        return cloud.with_table(lambda table: table.read_ledger(name, first, "2022-12-31"))

    for _ in range(2):
        cloud.with_table(lambda table: table.write_ledger(NAME, entries))
    assert read_ledger("2022-12-01") == entries
    assert read_ledger("2022-12-02") == entries[1:]
    assert read_ledger("2022-12-01", "marmenor.salinity") == []


def test_an_event_is_sent_after_its_mark(cloud):
    assert not cloud.with_table(lambda table: table.is_sent("upload"))
    for _ in range(2):
        cloud.with_table(lambda table: table.mark_sent("upload"))
    assert cloud.with_table(lambda table: table.is_sent("upload"))
    assert not cloud.with_table(lambda table: table.is_sent("other"))


def test_ready_raises_without_a_table(cloud):
    cloud.with_table(Table.ready)
    cloud.dynamodb.delete_table(TableName=cloud.name)
    with pytest.raises(TableNotFound):
        cloud.with_table(Table.ready)


def test_a_table_with_a_limit_returns_as_many_items_and_refuses_more(cloud):
    write(cloud, csv(*(f"{year}/12/1,15,0.1" for year in (2019, 2020, 2021, 2022))))

    async def read_with(limit):
        async with Table.open(cloud.config, 5.0, limit) as table:
            one_year = await table.read_versions(NAME, "2022-01-01", "2022-12-31")
            return one_year, await table.read_all_versions(NAME)

    one_year, every_year = asyncio.run(read_with(4))
    assert (len(one_year), len(every_year)) == (1, 4)
    # The four months of the index, and the four years together.
    with pytest.raises(TooManyItems, match="more than 3 items"):
        asyncio.run(read_with(3))


def test_events_of_a_year_are_limited_too(cloud):
    for number in range(3):
        of = upload(f"20261123T061648.65{number}Z-0000-1a2b3c4d5e6f")
        receipt = build_rejection(of, NAME, UnreadableFile("empty_file", "the file is empty"))
        cloud.with_table(lambda table, receipt=receipt: table.put_receipt(receipt))

    async def list_events(limit):
        async with Table.open(cloud.config, 5.0, limit) as table:
            return [item["sk"] async for item in table.iterate_events(2026)]

    assert len(asyncio.run(list_events(3))) == 3
    with pytest.raises(TooManyItems):
        asyncio.run(list_events(2))
