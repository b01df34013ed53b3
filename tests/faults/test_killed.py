"""SIGKILL at every call to AWS, then the event again: same table, same receipt, one alert."""

import signal

import pytest

from tests.faults.scene import NONE_FAILED, Scene, put_event
from tests.integration.cloud import stream_event
from tests.support import csv

pytestmark = pytest.mark.faults
FIRST = csv("2022/12/1,15,0.1", "2022/12/7,15.5,0.9", "2022/11/30,16,0.2")
CONTENT = csv(
    "2022/12/1,15.1,0.6", "2022/12/7,15.2,0.2", "2022/12/7,15.3,0.3", "x", "2023/1/5,12,0.7"
)


@pytest.fixture
def scene(cloud, mortal):
    """Makes scenes in which the first file is in already."""
    first = put_event(cloud, "a.csv", cloud.put("a.csv", FIRST))

    def make():
        one = Scene(cloud, mortal)
        one.done(first)
        assert one.notify()["answer"] == NONE_FAILED
        assert len(one.mails()) == 1
        return one

    return make


def steps(found):
    """Every moment at which the process can be ended: around each of its calls."""
    return [
        (call, when) for call in range(1, len(found["calls"]) + 1) for when in ("before", "after")
    ]


def test_an_ingest_killed_at_any_call(cloud, scene):
    event = put_event(cloud, "a.csv", cloud.put("a.csv", CONTENT))
    how = {"batch": 2, "chunk": 32}
    calm = scene()
    found = calm.ingest(event, **how)
    assert calm.notify()["answer"] == NONE_FAILED
    expected, told, receipts = calm.projection(), calm.mails(), calm.receipt()
    assert len(told) == 1
    assert len(receipts) == 2

    for call, when in steps(found):
        one = scene()
        ended = one.ingest(event, call=call, when=when, **how)
        assert ended["signal"] == signal.SIGKILL, (call, when)
        one.done(event, **how)
        assert one.projection() == expected, (call, when)
        assert one.receipt() == receipts, (call, when)
        assert one.notify()["answer"] == NONE_FAILED
        assert one.mails() == told, (call, when)


def test_a_withdrawal_killed_at_any_call(cloud, scene):
    put = put_event(cloud, "b.csv", cloud.put("b.csv", CONTENT))
    marker = cloud.s3.delete_object(Bucket=cloud.name, Key="b.csv")["VersionId"]
    event = put_event(cloud, "b.csv", marker, "ObjectRemoved:DeleteMarkerCreated")
    calm = scene()
    # Incorporated as if before it was deleted, so that the event has all to do.
    found = calm.ingest(put)
    expected = calm.projection()
    assert any(key[1].count("#") == 2 for key in expected)
    for step in steps(found):
        one = scene()
        assert one.ingest(put, call=step[0], when=step[1])["signal"] == signal.SIGKILL
        one.done(event)
        one.done(put)
        assert one.projection() == expected, step
        one.done(event)
        assert one.projection() == expected, step

    # The deletion's own event, where the upload was incorporated just before it.
    incorporated = found["calls"].index("PutItem") + 1

    def before_the_deletion():
        one = scene()
        ended = one.ingest(put, call=incorporated, when="after")
        assert ended["signal"] == signal.SIGKILL
        assert one.projection() != expected
        return one

    one = before_the_deletion()
    for step in steps(one.ingest(event)):
        one = before_the_deletion()
        assert one.ingest(event, call=step[0], when=step[1])["signal"] == signal.SIGKILL
        one.done(event)
        assert one.projection() == expected, step


def test_a_notification_killed_at_any_call(cloud, scene):
    event = put_event(cloud, "a.csv", cloud.put("a.csv", CONTENT))

    def incorporated():
        one = scene()
        one.done(event)
        return one, stream_event(*one.records())

    calm, records = incorporated()
    found = calm.job("notify", records)
    told = calm.mails()
    assert len(told) == 1
    published = 1 + next(n for n, what in enumerate(found["calls"]) if what.startswith("POST http"))
    assert found["calls"][published] == "PutItem"
    # The message is out and the mark is not: nothing but these can double it.
    window = {(published, "after"), (published + 1, "before")}

    for step in steps(found):
        one, records = incorporated()
        ended = one.job("notify", records, call=step[0], when=step[1])
        assert ended["signal"] == signal.SIGKILL, step
        for _ in range(2):
            assert one.job("notify", records)["answer"] == NONE_FAILED
        mails = one.mails()
        assert mails == told * (2 if step in window else 1), step
