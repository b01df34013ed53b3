"""Citations: what they state, and when a state is frozen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aquasense.citation import catalogues, state
from aquasense.citation.state import State, cite_as_bibtex, cite_as_text
from aquasense.metadata.description import Description
from aquasense.uploads.times import AFTER_ALL, parse_time
from query.http import Request
from query.landing import render_head
from tests.infrastructure.templates import PARSED
from tests.support import DATASETS

CREATOR = {"name": "A & B {Sea}", "email": "a@b.example", "url": "https://b.example"}
DATASET = replace(
    DATASETS.default, title="Water", licence="CC-BY-4.0",
    description=Description(creator=CREATOR, institution="Institute"),
)  # fmt: skip
STATE = State(
    DATASET, "2024-06-01T00:00:00.000Z", "http://h/readings?as_of=2024-06-01T00:00:00.000Z",
    "ab" * 32, 99, 2, "2022-12-01", "2023-01-01", "2023-05-04T03:02:01.000Z",
)  # fmt: skip
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_the_text_follows_datacite():
    assert cite_as_text(STATE, frozen=True) == (
        "A & B {Sea} (2023): Water. State of 2024-06-01T00:00:00.000Z. Institute. Dataset. "
        f"http://h/readings?as_of=2024-06-01T00:00:00.000Z (SHA-256 {'ab' * 32}). "
        "Licence: CC-BY-4.0."
    )
    assert "SHA-256" not in cite_as_text(STATE, frozen=False)


def test_bibtex_is_escaped_and_complete():
    entry = cite_as_bibtex(STATE, frozen=True)
    assert entry.startswith("@misc{marmenor-temperature-2024-06-01t00-00-00-000z,\n")
    assert r"  author = {{A \& B \{Sea\}}}," in entry
    assert "  year = {2023}," in entry
    assert f"  url = {{{STATE.url}}}," in entry
    assert f"  note = {{SHA-256 {STATE.sha256}. Licence: CC-BY-4.0}}" in entry
    assert "SHA-256" not in cite_as_bibtex(STATE, frozen=False)


def test_what_is_not_stated_is_said():
    bare = replace(DATASET, licence="not stated", source="not stated", description=Description())
    text = cite_as_text(replace(STATE, dataset=bare), frozen=True)
    assert text.startswith("Creator not stated (2023): Water.")
    assert "Publisher not stated. Dataset." in text
    assert text.endswith("Licence not stated.")
    described = catalogues.describe_dataset(bare, "http://h")
    assert described["usageInfo"] == "Licence not stated"
    assert not {"license", "creator", "publisher", "spatialCoverage"} & described.keys()


@pytest.mark.parametrize(
    ("as_of", "reason"),
    [
        (None, "needs as_of"),
        (parse_time("2026-11-24T12:00:00.001Z"), "in the future"),
        (AFTER_ALL, "in the future"),
        (parse_time("2026-11-24T10:00:00.001Z"), "on its way"),
        (parse_time("2026-11-24T10:00:00Z"), ""),
        (parse_time("2020-01-01"), ""),
    ],
)
def test_a_state_is_frozen_when_no_upload_can_be_on_its_way(as_of, reason):
    explained = state.explain_not_frozen(as_of, NOW)
    assert bool(explained) is bool(reason)
    assert reason in explained


def test_a_state_settles_when_the_queue_has_delivered_for_the_last_time():
    queue = PARSED["template"]["Resources"]["IngestQueue"]["Properties"]
    deliveries = queue["RedrivePolicy"]["maxReceiveCount"]
    assert timedelta(seconds=queue["VisibilityTimeout"] * deliveries) == state.SETTLING


def test_a_text_of_the_configuration_cannot_end_the_data_block():
    hostile = replace(DATASET, title='</script><script>alert("1")</script>')
    head = render_head(hostile, "http://h")
    assert head.count("<script") == head.count("</script>") == 1
    assert 'content="&lt;/script&gt;' in head


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({"host": "water.example"}, "http://water.example"),
        ({"host": "water.example:5000", "x-forwarded-proto": "https"},
         "https://water.example:5000"),
        ({"host": "[::1]:80", "x-forwarded-proto": "javascript"}, "http://[::1]:80"),
        ({"host": 'a"><script>'}, ""),
        ({"host": "a/b"}, ""),
        ({"host": "a@b"}, ""),
        ({}, ""),
    ],
)  # fmt: skip
def test_the_address_is_that_of_the_client_if_it_is_one(headers, base):
    assert Request("GET", "/", headers=headers).base_url == base
