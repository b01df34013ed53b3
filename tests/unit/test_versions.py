"""The order of uploads, and what a date's value is because of it."""

import itertools
import re
from datetime import UTC, datetime, timedelta, timezone

from aquasense.readings.versions import current_readings
from aquasense.uploads.identity import build_upload_id, format_id_time, parse_upload_time
from tests.support import version

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def test_an_upload_id_says_when_and_sorts():
    found = build_upload_id("a.csv", "v1", NOON + timedelta(milliseconds=650), 3)
    assert re.fullmatch(r"20261123T120000\.650Z-0003-[0-9a-f]{12}", found)
    assert parse_upload_time(found) == "2026-11-23T12:00:00.650Z"


def test_a_moment_is_utc_whatever_the_clock_says():
    madrid = NOON.astimezone(timezone(timedelta(hours=1)))
    assert format_id_time(madrid) == format_id_time(NOON) == "20261123T120000.000Z"


def test_later_uploads_have_greater_ids_then_later_versions_of_the_key():
    times = [NOON, NOON + timedelta(milliseconds=1), NOON + timedelta(seconds=1),
             NOON + timedelta(days=400)]  # fmt: skip
    ids = [
        build_upload_id("a.csv", "v", time, position) for time in times for position in (0, 1, 11)
    ]
    assert ids == sorted(ids)


def test_the_id_follows_from_key_and_version_alone_and_tells_them_apart():
    ids = {
        build_upload_id(key, v, NOON, 0) for key in ("a", "ab", "b") for v in ("1", "b1", "null")
    }
    assert len(ids) == 9
    assert build_upload_id("a", "1", NOON, 0) in ids


def test_the_newest_version_of_each_date_counts_in_whatever_order_they_come():
    versions = [
        version("2022-12-01", "15", order="1"),
        version("2022-12-01", "16", order="3"),
        version("2022-12-01", "17", order="2"),
        version("2022-11-30", "18", order="2"),
    ]
    for shuffled in itertools.permutations(versions):
        found = current_readings(shuffled)
        assert [(one.date, one.mean) for one in found] == [
            ("2022-11-30", "18"),
            ("2022-12-01", "16"),
        ]


def test_a_correction_taken_back_ends_where_it_began():
    history = [version("2022-12-01", mean, order=str(n)) for n, mean in enumerate("ABA")]
    assert current_readings(history)[0].mean == "A"
    assert current_readings(history[:2])[0].mean == "B"


def test_no_versions_are_no_readings():
    assert current_readings([]) == []
