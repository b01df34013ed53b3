"""What the ingest function makes of each shape of event in events/."""

import json

import pytest

from ingest.events import ObjectCreated, parse_notification
from tests.support import EVENTS, event

BUCKET = "aquasense-local-raw-000000000000-eu-west-1"


def heard(notification):
    return list(parse_notification(notification))


def changed(name, **members):
    """put.json with other members in its record."""
    notification = event("put.json")
    notification["Records"][0] |= members
    if name is not None:
        notification["Records"][0]["eventName"] = name
    return notification


def test_a_put():
    assert heard(event("put.json")) == [ObjectCreated(BUCKET, "temperatura_1.csv", None)]


def test_a_key_with_spaces_plus_and_accents_is_what_people_called_it():
    (put,) = heard(event("put-encoded-key.json"))
    assert put.key == "campaña 2022 + extra.csv"


def test_several_records_in_their_order():
    assert [put.key for put in heard(event("put-several-records.json"))] == [
        "temperatura_1.csv",
        "alerta_inventada.csv",
    ]


def test_the_queues_message_is_the_same_notification():
    (record,) = event("sqs-put.json")["Records"]
    assert heard(json.loads(record["body"])) == heard(event("put.json"))


def test_s3s_test_event_is_about_nothing():
    assert heard(event("s3-test-event.json")) == []


def test_the_version_is_taken_where_there_is_one():
    notification = event("put.json")
    notification["Records"][0]["s3"]["object"]["versionId"] = "v1"
    assert heard(notification)[0].version_id == "v1"


@pytest.mark.parametrize("name", ["ObjectCreated:CompleteMultipartUpload", "s3:ObjectCreated:Copy"])
def test_every_way_of_creating_an_object_is_a_put(name):
    assert [type(one) for one in heard(changed(name))] == [ObjectCreated]


@pytest.mark.parametrize("name", ["ObjectTagging:Put", "ReducedRedundancyLostObject"])
def test_what_is_no_new_object_is_nothing(name):
    assert heard(changed(name)) == []


@pytest.mark.parametrize("notification", [{}, {"Records": [{}]}, {"Event": "else"}])
def test_what_is_no_notification_is_an_error(notification):
    with pytest.raises(KeyError):
        heard(notification)


def test_every_event_is_tried_by_a_test():
    assert {path.name for path in EVENTS.glob("*.json")} >= {
        "put.json", "put-encoded-key.json", "put-several-records.json", "sqs-put.json",
        "s3-test-event.json", "stream-batch.json",
    }  # fmt: skip


def test_a_folder_made_in_the_console_is_no_file():
    record = event("put.json")["Records"][0]
    record["s3"]["object"]["key"] = "marmenor.salinity/"
    assert list(parse_notification({"Records": [record]})) == []


def test_a_message_of_a_release_that_split_files_starts_the_file_again():
    rest = {
        "bucket": BUCKET,
        "key": "a.csv",
        "version_id": "v1",
        "progress": "progress/x",
        "hop": 3,
    }
    assert heard({"resume": rest}) == [ObjectCreated(BUCKET, "a.csv", "v1")]
