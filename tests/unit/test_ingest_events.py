"""Object events of the notifications in events/."""

import json
from datetime import UTC, datetime

import pytest

from ingest.events import ObjectCreated, ObjectRemoved, parse_notification
from tests.support import event

BUCKET = "aquasense-local-raw-000000000000-eu-west-1"


def parse(notification):
    return list(parse_notification(notification))


def put_event(event_name="ObjectCreated:Put", **s3_object):
    """Return put.json with another event name and other members of its object."""
    notification = event("put.json")
    (record,) = notification["Records"]
    record["eventName"] = event_name
    record["s3"]["object"] |= s3_object
    return notification


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("put", ["temperatura_1.csv"]),
        ("put-encoded-key", ["campaña 2022 + extra.csv"]),
        ("put-several-records", ["temperatura_1.csv", "alerta_inventada.csv"]),
        ("s3-test-event", []),
    ],
)
def test_each_record_is_a_created_object_with_its_decoded_key(name, keys):
    assert parse(event(f"{name}.json")) == [ObjectCreated(BUCKET, key, None) for key in keys]


def test_a_queue_message_holds_the_same_notification():
    (record,) = event("sqs-put.json")["Records"]
    assert json.loads(record["body"]) == event("put.json")


def test_an_event_has_the_object_version():
    (created,) = parse(put_event(versionId="v1"))
    assert created.version_id == "v1"


def test_delete_markers_and_permanent_deletions_are_removed_objects():
    for name, permanent in (("DeleteMarkerCreated", False), ("Delete", True)):
        notification = put_event(f"ObjectRemoved:{name}", versionId="v1")
        notification["Records"][0]["eventTime"] = "2026-11-23T06:16:48.650Z"
        time = datetime(2026, 11, 23, 6, 16, 48, 650_000, UTC)
        removed = ObjectRemoved(BUCKET, "temperatura_1.csv", "v1", permanent, time)
        assert parse(notification) == [removed]


@pytest.mark.parametrize("name", ["ObjectCreated:CompleteMultipartUpload", "s3:ObjectCreated:Copy"])
def test_every_type_of_creation_is_a_created_object(name):
    (created,) = parse(put_event(name))
    assert isinstance(created, ObjectCreated)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("ObjectTagging:Put", "a.csv"),
        ("ReducedRedundancyLostObject", "a.csv"),
        pytest.param("ObjectCreated:Put", "marmenor.salinity/", id="folder made in the console"),
    ],
)
def test_other_events_yield_nothing(name, key):
    assert parse(put_event(name, key=key)) == []


@pytest.mark.parametrize("notification", [{}, {"Records": [{}]}, {"Event": "else"}])
def test_another_message_is_an_error(notification):
    with pytest.raises(KeyError):
        parse(notification)


def test_a_resume_message_of_an_earlier_release_ingests_the_whole_file():
    resume = {"bucket": BUCKET, "key": "a.csv", "version_id": "v1",
              "progress": "progress/x", "hop": 3}  # fmt: skip
    assert parse({"resume": resume}) == [ObjectCreated(BUCKET, "a.csv", "v1")]
