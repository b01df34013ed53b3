"""What is news: new, changed, retracted, each told once."""

from decimal import Decimal

import pytest

from aquasense.alerting.ledger import (
    ALERT,
    CHANGED,
    HISTORY,
    NEW,
    RETRACTED,
    RETRACTION,
    Event,
    LedgerEntry,
    add_doubts,
    drop_superseded,
    message_kind,
    new_entries,
    severity,
)
from tests.support import ALERTING, version, versions_of

HALF = Decimal("0.5")
FIRST = "20261123T061648.650Z-0000-1a2b3c4d5e6f"
SECOND = "20261123T061649.000Z-0000-aaaaaaaaaaaa"
GONE = "20261123T061650.000Z-0000-bbbbbbbbbbbb"
DAY = "2022-12-01"


def reading(deviation, order=FIRST, date=DAY, withdrawn=""):
    return replace_version(version(date, deviation=deviation, order=order), withdrawn)


def replace_version(one, withdrawn):
    return one._replace(deletion_id=withdrawn)


def told(deviation, order=FIRST, date=DAY, what=NEW, at="2026-11-23T07:00:00"):
    return LedgerEntry(date, order, what, deviation, "15", at=at)


def found(event_id, versions, ledger=(), withdrawal_of=""):
    event = Event(event_id, withdrawal_of or event_id, bool(withdrawal_of))
    return new_entries(event, versions, HALF, ledger, "2026-11-23T08:00:00")


def short(entries):
    return [(one.date, one.kind, one.deviation, one.before) for one in entries]


@pytest.mark.parametrize(
    ("deviation", "alerts"),
    [("0.5", False), ("0.50", False), ("0.4999", False), ("0", False),
     ("0.5000000000000000000000000000000000000001", True), ("0.51", True), ("12", True)],
)  # fmt: skip
def test_only_what_is_strictly_greater_unrounded_is_news(deviation, alerts):
    assert bool(found(FIRST, [reading(deviation)])) is alerts


def test_the_made_up_sample_alerts_for_two_of_its_three_readings():
    entries = found(FIRST, versions_of(ALERTING.read_bytes(), FIRST))
    assert [one.date for one in entries] == ["2001-07-08", "2001-07-15"]
    assert {one.kind for one in entries} == {NEW}


def test_what_was_told_with_that_value_is_no_news_however_it_is_written():
    assert found(SECOND, [reading("0.60", SECOND)], [told("0.6")]) == []


def test_another_value_above_the_threshold_is_a_change_that_says_what_it_was():
    entries = found(SECOND, [reading("0.7", SECOND)], [told("0.6")])
    assert short(entries) == [(DAY, CHANGED, "0.7", "0.6")]


def test_the_same_value_of_another_date_is_news():
    assert found(SECOND, [reading("0.6", SECOND)], [told("0.6", date="2022-12-07")])


def test_a_correction_to_the_threshold_or_under_retracts():
    for value in ("0.5", "0.2"):
        entries = found(SECOND, [reading("0.6"), reading(value, SECOND)], [told("0.6")])
        assert short(entries) == [(DAY, RETRACTED, value, "0.6")]


def test_what_was_never_told_is_not_retracted():
    assert found(SECOND, [reading("0.6"), reading("0.4", SECOND)]) == []


def test_what_was_retracted_is_not_retracted_again_and_is_news_when_it_comes_back():
    ledger = [told("0.6"), told("0.2", SECOND, what=RETRACTED, at="2026-11-23T07:30:00")]
    third = "20261123T061651.000Z-0000-cccccccccccc"
    back = [reading("0.6"), reading("0.2", SECOND), reading("0.6", third)]
    assert short(found(third, back, ledger)) == [(DAY, NEW, "0.6", "")]
    still = [reading("0.6"), reading("0.2", SECOND), reading("0.1", third)]
    assert found(third, still, ledger) == []


def test_what_a_later_upload_has_corrected_meanwhile_is_no_news_of_the_earlier():
    assert found(FIRST, [reading("0.6"), reading("0.4", SECOND)]) == []
    assert found(FIRST, [reading("0.6"), reading("0.7", SECOND)]) == []


def test_what_a_later_upload_repeats_is_news_of_whichever_is_asked_first():
    both = [reading("0.6"), reading("0.6", SECOND)]
    assert [one.event_id for one in found(FIRST, both)] == [FIRST]
    assert [one.event_id for one in found(SECOND, both)] == [SECOND]
    assert found(FIRST, both, [told("0.6", SECOND)]) == []


def test_other_uploads_readings_are_not_this_ones_news():
    assert found(SECOND, [reading("0.6"), reading("0.1", SECOND, "2022-12-07")]) == []


def test_a_withdrawal_retracts_what_has_no_reading_any_more():
    entries = found(f"{GONE}#{FIRST}", [reading("0.6", withdrawn=GONE)], [told("0.6")], FIRST)
    assert short(entries) == [(DAY, RETRACTED, "", "0.6")]


def test_a_withdrawal_tells_what_holds_again():
    gone = reading("0.2", SECOND, withdrawn=GONE)
    retracted = told("0.2", SECOND, what=RETRACTED, at="2026-11-23T07:30:00")
    entries = found(f"{GONE}#{SECOND}", [reading("0.6"), gone], [told("0.6"), retracted], SECOND)
    assert short(entries) == [(DAY, NEW, "0.6", "")]


def test_an_upload_withdrawn_before_its_turn_is_no_news():
    assert found(FIRST, [reading("0.6", withdrawn=GONE)]) == []
    assert found(f"{GONE}#{FIRST}", [reading("0.6", withdrawn=GONE)], withdrawal_of=FIRST) == []


def test_a_retry_after_a_crash_tells_the_same_even_if_it_was_corrected_meanwhile():
    before = [reading("0.6"), reading("0.7", date="2022-12-07")]
    entries = found(FIRST, before)
    corrected = [*before, reading("0.1", SECOND)]
    assert found(FIRST, corrected, entries) == entries
    # Another event telling the same in between does not take it away either.
    assert found(FIRST, corrected, [*entries, told("0.6", SECOND)]) == entries


def test_of_what_could_not_be_sent_in_its_time_only_what_nobody_spoke_of_since_is_left():
    late = [told("0.9"), told("0.8", date="2022-12-07")]
    since = told("0.2", SECOND, what=RETRACTED, at="2026-11-23T07:30:00")
    versions = [reading("0.9"), reading("0.8", date="2022-12-07"), reading("0.2", SECOND)]
    assert drop_superseded(late, [*late, since], versions) == late[1:]
    assert drop_superseded([since], [*late, since], versions) == [since]
    assert drop_superseded(late[:1], [*late, since], versions) == []
    # What is about to be recorded comes after all that is on record.
    now = told("0.9", GONE, at="2026-11-23T08:00:00")
    assert drop_superseded([now], [*late, since], [*versions, reading("0.9", GONE)]) == [now]


def test_what_holds_is_told_even_if_another_event_told_something_else_since():
    # Two events judged at the same time, neither of which saw what the other told.
    holds, older = told("0.9", SECOND), told("0.6", FIRST, at="2026-11-23T07:00:01")
    versions = [reading("0.6", FIRST), reading("0.9", SECOND)]
    assert drop_superseded([holds], [older, holds], versions) == [holds]
    # Once it has been told by another, it need not be told again.
    again = told("0.9", GONE, at="2026-11-23T07:00:02")
    assert drop_superseded([holds], [older, holds, again], versions) == []


def test_a_date_without_a_reading_is_told_to_be_one():
    late = [told("0.9")]
    gone = told("", f"{GONE}#{FIRST}", what=RETRACTED, at="2026-11-23T07:30:00")
    assert drop_superseded(late, [*late, gone], [reading("0.9", withdrawn=GONE)]) == []
    # It was put back since, which is still to be told.
    put_back = [reading("0.9", withdrawn=GONE), reading("0.8", SECOND)]
    assert drop_superseded(late, [*late, gone], put_back) == late


def test_a_clock_that_was_fast_does_not_hide_what_is_told_after():
    third = "20261123T061651.000Z-0000-cccccccccccc"
    # The first was told by a machine whose clock was four minutes fast.
    ledger = [told("0.9", at="2026-11-23T08:04:00.999500+00:00")]
    for order, deviation, what in ((SECOND, "0.2", RETRACTED), (third, "0.9", NEW)):
        (entry,) = found(order, [reading("0.9"), reading(deviation, order)], ledger)
        assert entry.kind == what
        assert entry.at > ledger[-1].at
        ledger.append(entry)
    assert ledger[-1].at == "2026-11-23T08:04:01.001500+00:00"
    # Where the clock is right, it is what counts.
    (entry,) = found(SECOND, [reading("0.2", SECOND)], [told("0.9")])
    assert entry.at == "2026-11-23T08:00:00"


def test_news_are_by_date():
    dates = ["2022-12-07", "2022-12-01", "2022-11-30"]
    entries = found(FIRST, [reading("0.6", date=date) for date in dates])
    assert [one.date for one in entries] == sorted(dates)


def test_the_kind_is_what_a_subscriber_filters_by():
    event = Event(SECOND, SECOND)
    old, recent = told("0.6", date="2022-12-01"), told("0.6", date="2026-11-20")
    gone = told("0.1", what=RETRACTED)
    assert message_kind([old], event, 30) == HISTORY
    assert message_kind([old, recent, gone], event, 30) == ALERT
    assert message_kind([gone], event, 30) == RETRACTION
    assert message_kind([old, gone], event, 30) == RETRACTION
    # Exactly as old as allowed is still recent.
    assert message_kind([told("0.6", date="2026-10-24")], event, 30) == ALERT
    assert message_kind([told("0.6", date="2026-10-23")], event, 30) == HISTORY


def test_a_number_of_days_that_reaches_before_all_dates_makes_everything_recent():
    for days in (1_000_000, 10**12):
        assert message_kind([told("0.6", date="1900-01-01")], Event(SECOND, SECOND), days) == ALERT


def test_severity_goes_by_what_is_certain():
    doubtful = told("9")._replace(doubtful="x")
    assert severity([told("0.1", what=RETRACTED)], HALF) == "info"
    assert severity([told("0.99")], HALF) == "moderate"
    assert severity([told("0.6"), told("1.0")], HALF) == "high"
    assert severity([doubtful], HALF) == "doubtful"
    assert severity([doubtful, told("0.6")], HALF) == "moderate"


def test_a_doubt_once_on_record_stays_and_a_retraction_has_none():
    entries = [told("0.6"), told("0.1", date="2022-12-07", what=RETRACTED)]
    marked = add_doubts(entries, {DAY: "gross_range:suspect", "2022-12-07": "spike:fail"})
    assert [one.doubtful for one in marked] == ["gross_range:suspect", ""]
    assert add_doubts(marked, {DAY: "other"}) == marked
