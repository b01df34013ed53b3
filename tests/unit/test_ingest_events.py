"""Object events of the notifications in events/."""

import json
from datetime import UTC, datetime

import pytest

from ingest.events import ObjectCreated, ObjectRemoved, parse_notification
from tests.support import EVENTS, event

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


def test_a_put_is_a_created_object():
    assert parse(event("put.json")) == [ObjectCreated(BUCKET, "temperatura_1.csv", None)]


def test_the_key_is_url_decoded():
    (created,) = parse(event("put-encoded-key.json"))
    assert created.key == "campaña 2022 + extra.csv"


def test_several_records_are_events_in_the_same_order():
    assert [created.key for created in parse(event("put-several-records.json"))] == [
        "temperatura_1.csv",
        "alerta_inventada.csv",
    ]


def test_a_queue_message_holds_the_same_notification():
    (record,) = event("sqs-put.json")["Records"]
    assert parse(json.loads(record["body"])) == parse(event("put.json"))


def test_the_test_event_of_s3_yields_nothing():
    assert parse(event("s3-test-event.json")) == []


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


@pytest.mark.parametrize("name", ["ObjectTagging:Put", "ReducedRedundancyLostObject"])
def test_other_types_of_event_yield_nothing(name):
    assert parse(put_event(name)) == []


@pytest.mark.parametrize("notification", [{}, {"Records": [{}]}, {"Event": "else"}])
def test_another_message_is_an_error(notification):
    with pytest.raises(KeyError):
        parse(notification)


def test_the_events_have_their_names():
    assert {path.name for path in EVENTS.glob("*.json")} >= {
        "put.json", "put-encoded-key.json", "put-several-records.json", "sqs-put.json",
        "s3-test-event.json", "stream-batch.json",
    }  # fmt: skip


def test_a_folder_made_in_the_console_yields_nothing():
    assert parse(put_event(key="marmenor.salinity/")) == []


def test_a_resume_message_of_an_earlier_release_ingests_the_whole_file():
    resume = {"bucket": BUCKET, "key": "a.csv", "version_id": "v1",
              "progress": "progress/x", "hop": 3}  # fmt: skip
    assert parse({"resume": resume}) == [ObjectCreated(BUCKET, "a.csv", "v1")]
