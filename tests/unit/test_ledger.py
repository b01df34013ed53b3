"""The ledger entries of an event: new, changed and retracted alerts, each once."""

from decimal import Decimal

import pytest

from aquasense.alerting.attributes import (
    ALERT,
    HISTORY,
    RETRACTION,
    classify_message,
    rate_severity,
)
from aquasense.alerting.ledger import (
    CHANGED,
    NEW,
    RETRACTED,
    Event,
    LedgerEntry,
    add_doubts,
    build_entries,
    drop_superseded,
)
from tests.support import ALERTING, version, versions_of

HALF = Decimal("0.5")
FIRST = "20261123T061648.650Z-0000-1a2b3c4d5e6f"
SECOND = "20261123T061649.000Z-0000-aaaaaaaaaaaa"
DELETION = "20261123T061650.000Z-0000-bbbbbbbbbbbb"
DAY = "2022-12-01"


def row(deviation, upload_id=FIRST, date=DAY, deletion_id=""):
    return version(date, deviation=deviation, upload_id=upload_id)._replace(deletion_id=deletion_id)


def entry(deviation, event_id=FIRST, date=DAY, kind=NEW, at="2026-11-23T07:00:00"):
    return LedgerEntry(date, event_id, kind, deviation, "15", at=at)


def build(event_id, versions, ledger=()):
    """Build the entries of an upload, or of a deletion with the id DELETION#UPLOAD."""
    _, _, withdrawn = event_id.partition("#")
    event = Event(event_id, withdrawn or event_id, bool(withdrawn))
    return build_entries(event, versions, HALF, ledger, "2026-11-23T08:00:00")


def short(entries):
    return [(entry.date, entry.kind, entry.deviation, entry.before) for entry in entries]


@pytest.mark.parametrize(
    ("deviation", "alerts"),
    [("0.5", False), ("0.50", False), ("0.4999", False), ("0", False),
     ("0.5000000000000000000000000000000000000001", True), ("0.51", True), ("12", True)],
)  # fmt: skip
def test_only_a_strictly_greater_deviation_alerts_compared_unrounded(deviation, alerts):
    assert bool(build(FIRST, [row(deviation)])) is alerts


def test_the_alerting_sample_alerts_for_two_of_its_three_readings():
    entries = build(FIRST, versions_of(ALERTING.read_bytes(), FIRST))
    assert [entry.date for entry in entries] == ["2001-07-08", "2001-07-15"]
    assert {entry.kind for entry in entries} == {NEW}


THIRD = "20261123T061651.000Z-0000-cccccccccccc"
ALERTED = [entry("0.6")]
RETRACTED_ENTRY = entry("0.2", SECOND, kind=RETRACTED, at="2026-11-23T07:30:00")
WITHDRAWN = row("0.6", deletion_id=DELETION)
EVENTS = {
    "an equal value with other zeros": (SECOND, [row("0.60", SECOND)], ALERTED, []),
    "another value above the threshold": (
        SECOND, [row("0.7", SECOND)], ALERTED, [(DAY, CHANGED, "0.7", "0.6")],
    ),
    "the same value of another date": (
        SECOND, [row("0.6", SECOND)], [entry("0.6", date="2022-12-07")], [(DAY, NEW, "0.6", "")],
    ),
    "a correction to the threshold": (
        SECOND, [row("0.6"), row("0.5", SECOND)], ALERTED, [(DAY, RETRACTED, "0.5", "0.6")],
    ),
    "a correction below the threshold": (
        SECOND, [row("0.6"), row("0.2", SECOND)], ALERTED, [(DAY, RETRACTED, "0.2", "0.6")],
    ),
    "a correction without an alert": (SECOND, [row("0.6"), row("0.4", SECOND)], [], []),
    "the value returns after a retraction": (
        THIRD, [row("0.6"), row("0.2", SECOND), row("0.6", THIRD)], [*ALERTED, RETRACTED_ENTRY],
        [(DAY, NEW, "0.6", "")],
    ),
    "another correction after a retraction": (
        THIRD, [row("0.6"), row("0.2", SECOND), row("0.1", THIRD)], [*ALERTED, RETRACTED_ENTRY], [],
    ),
    "a later upload corrected it": (FIRST, [row("0.6"), row("0.4", SECOND)], [], []),
    "a later upload has another value": (FIRST, [row("0.6"), row("0.7", SECOND)], [], []),
    "readings of other uploads": (SECOND, [row("0.6"), row("0.1", SECOND, "2022-12-07")], [], []),
    "a withdrawal that leaves no reading": (
        f"{DELETION}#{FIRST}", [WITHDRAWN], ALERTED, [(DAY, RETRACTED, "", "0.6")],
    ),
    "a withdrawal that restores the value": (
        f"{DELETION}#{SECOND}", [row("0.6"), row("0.2", SECOND, deletion_id=DELETION)],
        [*ALERTED, RETRACTED_ENTRY], [(DAY, NEW, "0.6", "")],
    ),
    "another upload withdrawn by the same deletion": (
        f"{DELETION}#{SECOND}", [WITHDRAWN, row("0.1", SECOND, "2022-12-07", DELETION)],
        ALERTED, [(DAY, RETRACTED, "", "0.6")],
    ),
    "an upload withdrawn by another deletion": (
        f"{DELETION}#{SECOND}", [row("0.6", deletion_id=THIRD)], ALERTED, [],
    ),
    "an upload withdrawn before its event": (FIRST, [WITHDRAWN], [], []),
    "the withdrawal of an upload without an alert": (f"{DELETION}#{FIRST}", [WITHDRAWN], [], []),
}  # fmt: skip


@pytest.mark.parametrize(
    ("event_id", "versions", "ledger", "expected"), EVENTS.values(), ids=EVENTS
)
def test_the_entries_of_an_event(event_id, versions, ledger, expected):
    assert short(build(event_id, versions, ledger)) == expected


def test_a_repeated_value_alerts_once_for_whichever_event_comes_first():
    both = [row("0.6"), row("0.6", SECOND)]
    assert [entry.event_id for entry in build(FIRST, both)] == [FIRST]
    assert [entry.event_id for entry in build(SECOND, both)] == [SECOND]
    assert build(FIRST, both, [entry("0.6", SECOND)]) == []


def test_an_upload_does_not_alert_for_readings_of_other_uploads():
    assert build(SECOND, [row("0.6"), row("0.1", SECOND, "2022-12-07")]) == []


def test_a_retry_after_a_crash_returns_the_recorded_entries_despite_a_correction():
    before = [row("0.6"), row("0.7", date="2022-12-07")]
    entries = build(FIRST, before)
    corrected = [*before, row("0.1", SECOND)]
    assert build(FIRST, corrected, entries) == entries
    # Also if another event recorded the same value meanwhile.
    assert build(FIRST, corrected, [*entries, entry("0.6", SECOND)]) == entries


def test_late_entries_that_a_later_event_corrected_are_dropped():
    late = [entry("0.9"), entry("0.8", date="2022-12-07")]
    later = entry("0.2", SECOND, kind=RETRACTED, at="2026-11-23T07:30:00")
    versions = [row("0.9"), row("0.8", date="2022-12-07"), row("0.2", SECOND)]
    assert drop_superseded(late, [*late, later], versions) == late[1:]
    assert drop_superseded([later], [*late, later], versions) == [later]
    assert drop_superseded(late[:1], [*late, later], versions) == []
    # An entry that is not recorded yet is the newest.
    pending = entry("0.9", DELETION, at="2026-11-23T08:00:00")
    assert drop_superseded([pending], [*late, later], [*versions, row("0.9", DELETION)]) == [
        pending
    ]


def test_an_entry_with_the_current_value_is_sent_despite_a_later_entry_with_another():
    # Two events were processed at the same time, each without the entry of the other.
    current, outdated = entry("0.9", SECOND), entry("0.6", FIRST, at="2026-11-23T07:00:01")
    versions = [row("0.6", FIRST), row("0.9", SECOND)]
    assert drop_superseded([current], [outdated, current], versions) == [current]
    # Another event has sent the current value.
    again = entry("0.9", DELETION, at="2026-11-23T07:00:02")
    assert drop_superseded([current], [outdated, current, again], versions) == []


def test_late_entries_of_a_date_without_a_reading_are_dropped():
    late = [entry("0.9")]
    retracted = entry("", f"{DELETION}#{FIRST}", kind=RETRACTED, at="2026-11-23T07:30:00")
    assert drop_superseded(late, [*late, retracted], [row("0.9", deletion_id=DELETION)]) == []
    # The value that was uploaded since has no entry yet.
    uploaded_again = [row("0.9", deletion_id=DELETION), row("0.8", SECOND)]
    assert drop_superseded(late, [*late, retracted], uploaded_again) == late


def test_entries_after_one_of_a_fast_clock_are_later():
    # The clock of the machine that wrote the first entry was four minutes fast.
    ledger = [entry("0.9", at="2026-11-23T08:04:00.999500+00:00")]
    for upload_id, deviation, kind in ((SECOND, "0.2", RETRACTED), (THIRD, "0.9", NEW)):
        (added,) = build(upload_id, [row("0.9"), row(deviation, upload_id)], ledger)
        assert added.kind == kind
        assert added.at > ledger[-1].at
        ledger.append(added)
    assert ledger[-1].at == "2026-11-23T08:04:01.001500+00:00"
    # With a correct clock the entry has its time.
    (added,) = build(SECOND, [row("0.2", SECOND)], [entry("0.9")])
    assert added.at == "2026-11-23T08:00:00"


def test_entries_are_in_order_of_date():
    dates = ["2022-12-07", "2022-12-01", "2022-11-30"]
    entries = build(FIRST, [row("0.6", date=date) for date in dates])
    assert [entry.date for entry in entries] == sorted(dates)


def test_the_kind_depends_on_retractions_and_on_the_age_of_the_readings():
    event = Event(SECOND, SECOND)
    old, recent = entry("0.6", date="2022-12-01"), entry("0.6", date="2026-11-20")
    retracted = entry("0.1", kind=RETRACTED)
    assert classify_message([old], event, 30) == HISTORY
    assert classify_message([old, recent, retracted], event, 30) == ALERT
    assert classify_message([retracted], event, 30) == RETRACTION
    assert classify_message([old, retracted], event, 30) == RETRACTION
    # Readings of exactly this age are recent.
    assert classify_message([entry("0.6", date="2026-10-24")], event, 30) == ALERT
    assert classify_message([entry("0.6", date="2026-10-23")], event, 30) == HISTORY
    # So is every reading for more days than there are dates.
    for days in (1_000_000, 10**12):
        assert classify_message([entry("0.6", date="1900-01-01")], event, days) == ALERT


def test_severity_depends_on_the_entries_without_doubt():
    doubtful = entry("9")._replace(doubtful="x")
    assert rate_severity([entry("0.1", kind=RETRACTED)], HALF) == "info"
    assert rate_severity([entry("0.99")], HALF) == "moderate"
    assert rate_severity([entry("0.6"), entry("1.0")], HALF) == "high"
    assert rate_severity([doubtful], HALF) == "doubtful"
    assert rate_severity([doubtful, entry("0.6")], HALF) == "moderate"


def test_a_recorded_doubt_stays_and_a_retraction_has_none():
    entries = [entry("0.6"), entry("0.1", date="2022-12-07", kind=RETRACTED)]
    marked = add_doubts(entries, {DAY: "gross_range:suspect", "2022-12-07": "spike:fail"})
    assert [entry.doubtful for entry in marked] == ["gross_range:suspect", ""]
    assert add_doubts(marked, {DAY: "other"}) == marked
