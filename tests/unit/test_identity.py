"""Upload ids and deletion ids; tests/faults/histories.py derives them from random histories."""

import re
from datetime import UTC, datetime, timedelta, timezone

from adapters.s3 import Bucket
from aquasense.uploads.identity import build_upload_id, format_id_time, parse_upload_time
from tests.fakes.s3 import FakeS3

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def test_an_upload_id_has_time_position_and_digest():
    upload_id = build_upload_id("a.csv", "v1", NOON + timedelta(milliseconds=650), 3)
    assert re.fullmatch(r"20261123T120000\.650Z-0003-[0-9a-f]{12}", upload_id)
    assert parse_upload_time(upload_id) == "2026-11-23T12:00:00.650Z"


def test_the_time_of_an_id_is_utc():
    madrid = NOON.astimezone(timezone(timedelta(hours=1)))
    assert format_id_time(madrid) == format_id_time(NOON) == "20261123T120000.000Z"


def test_upload_ids_sort_by_time_then_by_position():
    times = [NOON, NOON + timedelta(milliseconds=1), NOON + timedelta(seconds=1),
             NOON + timedelta(days=400)]  # fmt: skip
    ids = [
        build_upload_id("a.csv", "v", time, position) for time in times for position in (0, 1, 11)
    ]
    assert ids == sorted(ids)


def test_each_object_version_has_its_own_id_and_always_the_same():
    ids = {
        build_upload_id(key, v, NOON, 0) for key in ("a", "ab", "b") for v in ("1", "b1", "null")
    }
    assert len(ids) == 9
    assert build_upload_id("a", "1", NOON, 0) in ids


def test_the_work_for_a_key_is_linear_in_the_number_of_its_versions(monkeypatch):
    s3 = FakeS3()
    for _ in range(300):
        s3.pass_time(3600).upload("a.csv", b"x")
    calls = []
    monkeypatch.setattr(
        "adapters.s3.format_id_time", lambda at: calls.append(at) or format_id_time(at)
    )
    assert len(Bucket(s3, "raw").list_versions("a.csv")) == 300
    assert len(calls) <= 3 * 300
