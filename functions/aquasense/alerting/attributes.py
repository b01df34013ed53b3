"""Compute the message attributes that subscriptions filter by."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from aquasense.alerting.ledger import RETRACTED, Event, LedgerEntry
from aquasense.uploads.identity import parse_upload_date

ALERT, RETRACTION, HISTORY = "alert", "retraction", "history"


def classify_message(entries: Iterable[LedgerEntry], event: Event, history_days: int) -> str:
    """Return the kind of a message, which subscriptions filter by.

    Returns:
        ALERT if a reading above the threshold is at most history_days older than the event.
        HISTORY if all readings are older and none is retracted, as when years of files are loaded.
        RETRACTION otherwise.
    """
    entries = list(entries)
    today = parse_upload_date(event.id)
    above = [entry for entry in entries if entry.kind != RETRACTED]
    # Not dates: a date that many days ago may be out of range.
    if any((today - date.fromisoformat(entry.date)).days <= history_days for entry in above):
        return ALERT
    return HISTORY if len(above) == len(entries) else RETRACTION


def rate_severity(entries: Iterable[LedgerEntry], threshold: Decimal) -> str:
    """Return 'info', 'doubtful', 'moderate' or 'high'.

    'info' without entries above the threshold, and 'doubtful' if all of them are doubtful;
    otherwise 'high' from twice the threshold on.
    """
    above = [entry for entry in entries if entry.kind != RETRACTED]
    if not above:
        return "info"
    certain = [Decimal(entry.deviation) for entry in above if not entry.doubtful]
    if not certain:
        return "doubtful"
    return "high" if max(certain) >= 2 * threshold else "moderate"
