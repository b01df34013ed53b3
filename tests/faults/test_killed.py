"""SIGKILL at each call to AWS, then the event again: the same table, receipt and alert."""

import signal

import pytest

from tests.events import stream_event
from tests.faults.scene import Scene
from tests.integration.cloud import NONE_FAILED
from tests.support import csv

pytestmark = pytest.mark.faults
FIRST = csv("2022/12/1,15,0.1", "2022/12/7,15.5,0.9", "2022/11/30,16,0.2")
CONTENT = csv(
    "2022/12/1,15.1,0.6", "2022/12/7,15.2,0.2", "2022/12/7,15.3,0.3", "x", "2023/1/5,12,0.7"
)


@pytest.fixture
def new_scene(cloud, killable):
    """Return a function that creates a scene with the first file ingested."""
    first = cloud.put_event("a.csv", FIRST)

    def create():
        scene = Scene(cloud, killable)
        scene.ingest_completely(first)
        assert scene.notify()["answer"] == NONE_FAILED
        assert len(scene.mails()) == 1
        return scene

    return create


def steps(result):
    """Return (call, when) before and after each call of a run."""
    return [
        (call, when) for call in range(1, len(result["calls"]) + 1) for when in ("before", "after")
    ]


def test_an_ingest_killed_at_any_call(cloud, new_scene):
    event = cloud.put_event("a.csv", CONTENT)
    sizes = {"batch": 2, "chunk": 32}
    calm = new_scene()
    result = calm.ingest(event, **sizes)
    assert calm.notify()["answer"] == NONE_FAILED
    expected, mails, receipts = calm.projection(), calm.mails(), calm.receipts()
    assert len(mails) == 1
    assert len(receipts) == 2

    for call, when in steps(result):
        scene = new_scene()
        ended = scene.ingest(event, call=call, when=when, **sizes)
        assert ended["signal"] == signal.SIGKILL, (call, when)
        scene.ingest_completely(event, **sizes)
        assert scene.projection() == expected, (call, when)
        assert scene.receipts() == receipts, (call, when)
        assert scene.notify()["answer"] == NONE_FAILED
        assert scene.mails() == mails, (call, when)


def test_a_deletion_killed_at_any_call(cloud, new_scene):
    put = cloud.put_event("b.csv", CONTENT)
    event = cloud.delete_event("b.csv")
    calm = new_scene()
    # Ingest the upload as if before its deletion, so that the deletion has to withdraw all of it.
    result = calm.ingest(put)
    expected = calm.projection()
    assert any(key[1].count("#") == 2 for key in expected)
    for step in steps(result):
        scene = new_scene()
        assert scene.ingest(put, call=step[0], when=step[1])["signal"] == signal.SIGKILL
        scene.ingest_completely(event)
        scene.ingest_completely(put)
        assert scene.projection() == expected, step
        scene.ingest_completely(event)
        assert scene.projection() == expected, step

    # The deletion's own event, with the upload ingested immediately before it.
    incorporated = result["calls"].index("PutItem") + 1

    def ingested_before_deletion():
        scene = new_scene()
        ended = scene.ingest(put, call=incorporated, when="after")
        assert ended["signal"] == signal.SIGKILL
        assert scene.projection() != expected
        return scene

    scene = ingested_before_deletion()
    for step in steps(scene.ingest(event)):
        scene = ingested_before_deletion()
        assert scene.ingest(event, call=step[0], when=step[1])["signal"] == signal.SIGKILL
        scene.ingest_completely(event)
        assert scene.projection() == expected, step


def test_a_notification_killed_at_any_call(cloud, new_scene):
    event = cloud.put_event("a.csv", CONTENT)

    def ingested_scene():
        scene = new_scene()
        scene.ingest_completely(event)
        return scene, stream_event(*scene.records())

    calm, records = ingested_scene()
    result = calm.job("notify", records)
    mails = calm.mails()
    assert len(mails) == 1
    calls = result["calls"]
    published = 1 + next(n for n, name in enumerate(calls) if name.startswith("POST http"))
    assert calls[published] == "PutItem"
    # The message is published and not yet marked as sent: only here can it be sent twice.
    window = {(published, "after"), (published + 1, "before")}

    for step in steps(result):
        scene, records = ingested_scene()
        ended = scene.job("notify", records, call=step[0], when=step[1])
        assert ended["signal"] == signal.SIGKILL, step
        for _ in range(2):
            assert scene.job("notify", records)["answer"] == NONE_FAILED
        assert scene.mails() == mails * (2 if step in window else 1), step
