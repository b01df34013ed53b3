"""Readings that repeat the mean or the deviation of another date."""

import asyncio
import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.table import Table
from aquasense.csvfile.lines import Row
from aquasense.quality import flags
from aquasense.readings.repeats import COMPARED, attach_partners, find_repeat
from aquasense.readings.versions import current_readings
from aquasense.uploads.identity import Upload, Withdrawal, build_upload_id
from aquasense.uploads.impact import compute_impact
from aquasense.uploads.receipts import build_partial_receipt
from query.http import Request
from query.service import Service
from tests.conftest import times_examples
from tests.fakes.dynamo import FakeDynamo
from tests.support import DATASETS, TEMPERATURE, UPLOAD_ID, version

# Around New Year and years away: partners are in other partitions.
DAYS = ("2012-06-01", "2021-12-20", "2021-12-31", "2022-01-01", "2022-01-10", "2024-02-29")
MEANS = ("15.1234", "15.12340", "15.123", "16.4321")
DEVIATIONS = ("0.1", "0.2345", "0.23456789")


@dataclass
class File:
    """An upload of rows by date, and its deletion if there is one."""

    number: int
    rows: dict[str, tuple[str, str]]
    deleted: bool = False
    upload: Upload = field(init=False)

    def __post_init__(self) -> None:
        at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=self.number)
        name = f"{self.number}.csv"
        self.upload = Upload(build_upload_id(name, "v", at, 0), name, "v", at, 1)

    @property
    def withdrawal(self) -> Withdrawal:
        at = self.upload.uploaded_at + timedelta(days=10, hours=1)
        return Withdrawal(self.upload.id, build_upload_id(self.upload.key, "d", at, 0))


class Store:
    """A table that files are written to as ingest does."""

    def __init__(self) -> None:
        self.dynamo = FakeDynamo()
        self.table = Table(self.dynamo.client(), self.dynamo.table, 5.0)

    async def write(self, file: File) -> None:
        async def rows():
            for line, (day, (mean, deviation)) in enumerate(file.rows.items(), start=2):
                yield Row(line, day, mean, deviation)

        await self.table.write_rows(TEMPERATURE.name, file.upload, rows())
        await self.table.index_repeats(TEMPERATURE.name, file.upload.id)

    async def withdraw(self, file: File) -> None:
        receipt = build_partial_receipt(
            file.upload.id, TEMPERATURE.name, file.upload.key, "v", list(file.rows)
        )
        await self.table.withdraw({file.withdrawal: receipt})

    def versions(self):
        return asyncio.run(self.table.read_all_versions(TEMPERATURE.name))

    def get(self, path, **parameters):
        service = Service(self.table, DATASETS)
        response = asyncio.run(service.get(Request("GET", path, list(parameters.items()))))
        assert response.status == 200
        return json.loads(response.content())


def expected_repeats(files, as_of):
    """Return the named date by date, from the files alone."""
    current = {}
    for file in files:
        if file.upload.id > as_of or (file.deleted and file.withdrawal.deletion_id <= as_of):
            continue
        current |= file.rows
    named = {}
    for day, values in current.items():
        others = [
            other
            for other, their in current.items()
            if other != day
            and any(
                own == value and len(own.partition(".")[2]) >= 4
                for own, value in zip(values, their, strict=True)
            )
        ]
        if others:
            earlier = [other for other in others if other < day]
            named[day] = max(earlier) if earlier else min(others)
    return named


rows_by_day = st.dictionaries(
    st.sampled_from(DAYS),
    st.tuples(st.sampled_from(MEANS), st.sampled_from(DEVIATIONS)),
    min_size=1,
)


@times_examples(1 / 6)
@given(st.lists(st.tuples(rows_by_day, st.booleans()), min_size=1, max_size=5), st.randoms())
def test_flags_are_the_same_in_every_answer_in_any_order_and_at_any_time(drawn, chance):
    files = [File(number, rows, deleted) for number, (rows, deleted) in enumerate(drawn)]
    store = Store()

    async def write():
        uploaded = list(files)
        chance.shuffle(uploaded)
        # Two at once, as two runs of the function.
        for pair in (uploaded[i : i + 2] for i in range(0, len(uploaded), 2)):
            await asyncio.gather(*map(store.write, pair))
        deleted = [file for file in files if file.deleted]
        chance.shuffle(deleted)
        await asyncio.gather(*map(store.withdraw, deleted))

    asyncio.run(write())
    versions = store.versions()
    assert {v: v.partners for v in attach_partners(versions)} == {v: v.partners for v in versions}
    times = [file.upload.id for file in files]
    times += [file.withdrawal.deletion_id for file in files if file.deleted]
    for as_of in times:
        expected = {
            day: [f"repeat:suspect:{other}"]
            for day, other in expected_repeats(files, as_of).items()
        }
        readings = current_readings(versions, as_of)
        assert {r.date: find_repeat(r) for r in readings if find_repeat(r)} == expected_repeats(
            files, as_of
        )
        at = f"{datetime.strptime(as_of[:15], '%Y%m%dT%H%M%S'):%Y-%m-%dT%H:%M:%S}Z"
        listed = store.get("/readings", as_of=at)["readings"]
        assert repeats_of({row["date"]: row["flags"] for row in listed}) == expected
        for reading in readings:
            month = {"year": reading.date[:4], "month": str(int(reading.date[5:7]))}
            figure = store.get("/temp", **month, as_of=at)
            assert repeats_of(figure["flags"]) == {
                day: names for day, names in expected.items() if day[:7] == reading.date[:7]
            }
    for file in files:
        arrived = expected_repeats(files, file.upload.id)
        impact = compute_impact(file.upload.id, TEMPERATURE, versions)
        assert repeats_of(impact.flagged) == {
            day: [f"repeat:suspect:{arrived[day]}"] for day in file.rows if day in arrived
        }


def repeats_of(flags_by_date):
    """Return the flags of this test alone."""
    kept = {
        day: [name for name in names if name.startswith("repeat")]
        for day, names in flags_by_date.items()
    }
    return {day: names for day, names in kept.items() if names}


def test_a_row_copied_under_another_date_flags_both_in_a_figure_without_more_requests():
    store = Store()
    copied = File(1, {"2022-12-15": ("15.1234", "0.4321")})
    asyncio.run(store.write(File(0, {"2022-12-08": ("15.1234", "0.4321")})))
    asyncio.run(store.write(copied))
    store.dynamo.requests.clear()
    figure = store.get("/sd", year="2022", month="12")
    # December is two years' partitions, as ever.
    assert store.dynamo.requests == ["Query", "Query"]
    assert figure["flags"] == {
        "2022-12-08": ["repeat:suspect:2022-12-15"],
        "2022-12-15": ["repeat:suspect:2022-12-08"],
    }
    rows = store.get("/readings")["readings"]
    assert [row["tests"]["repeat"] for row in rows] == ["suspect", "suspect"]
    # A correction of the copy clears both.
    asyncio.run(store.write(File(2, {"2022-12-15": ("14.9876", "0.4000")})))
    assert store.get("/sd", year="2022", month="12")["flags"] == {}
    # Deleting the correction brings both back.
    corrected = File(2, {"2022-12-15": ("14.9876", "0.4000")})
    asyncio.run(store.withdraw(corrected))
    assert len(store.get("/sd", year="2022", month="12")["flags"]) == 2


def test_a_table_of_an_earlier_release_is_readable_and_indexed_later(monkeypatch):
    store = Store()
    rows = {"2022-12-08": ("15.1234", "0.4321"), "2022-12-15": ("15.1234", "0.4321")}
    file = File(0, rows)
    with monkeypatch.context() as patch:
        patch.setattr(Table, "index_repeats", lambda *_: asyncio.sleep(0))
        asyncio.run(store.write(file))
    assert store.get("/temp", year="2022", month="12")["flags"] == {}
    assert all(not row["flags"] for row in store.get("/readings")["readings"])
    asyncio.run(store.write(file))
    assert len(store.get("/temp", year="2022", month="12")["flags"]) == 2
    assert all(row["flags"] for row in store.get("/readings")["readings"])


@pytest.mark.parametrize(
    ("mean", "deviation", "verdict"),
    [
        ("15.123", "0.123", "not_evaluated"),
        ("15", "1", "not_evaluated"),
        ("15.123", "0.1230", "pass"),
        ("15.1230", "0.1", "pass"),
    ],
)
def test_values_of_few_decimals_are_not_evaluated(mean, deviation, verdict):
    other = version("2021-01-01", "15.123", "0.123")
    readings = attach_partners([other, version("2022-12-01", mean, deviation)])
    verdicts = flags.evaluate(current_readings(readings), TEMPERATURE.limits)
    assert verdicts["2022-12-01"]["repeat"] == verdict


def test_a_value_on_many_dates_is_compared_with_those_that_had_it_first_in_any_order():
    days = [f"2022-01-{day:02}" for day in range(1, 21)]
    ids = {day: UPLOAD_ID.replace("20261123", f"202611{30 - int(day[8:]):02}") for day in days}
    versions = [version(day, "15.1234", upload_id=ids[day]) for day in days]
    # The last days were uploaded first.
    named = {
        reading.date: find_repeat(reading)
        for reading in current_readings(attach_partners(versions))
    }
    first = days[-COMPARED:]
    assert named["2022-01-01"] == min(first)
    assert named["2022-01-20"] == "2022-01-19"
    assert all(named.values())
    for seed in range(3):
        store, files = Store(), [File(20 - int(day[8:]), {day: ("15.1234", "0")}) for day in days]
        random.Random(seed).shuffle(files)
        for file in files:
            asyncio.run(store.write(file))
        stored = current_readings(store.versions())
        assert {reading.date: find_repeat(reading) for reading in stored} == named
