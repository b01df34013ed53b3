"""Readings above a threshold, and their alerts."""

from decimal import Decimal

from aquasense.alerting import exceedances
from aquasense.alerting.ledger import NEW, RETRACTED, LedgerEntry
from tests.support import version


def test_alerts_include_dates_with_an_alert_that_is_no_longer_current():
    current = [version("2022-12-01", deviation="0.7"), version("2022-12-02", deviation="0.1")]
    ledger = [
        LedgerEntry("2022-12-02", "2", RETRACTED, "0.1", "15", "0.9", "2026-01-02T00:00:00Z"),
        LedgerEntry("2022-12-02", "1", NEW, "0.9", "15", "", "2026-01-01T00:00:00Z"),
        LedgerEntry("2022-12-03", "1", NEW, "0.8", "15", "", "2026-01-01T00:00:00Z"),
    ]
    alerts = list(exceedances.list_alerts(current, Decimal("0.5"), ledger))
    assert [(alert["date"], alert["above_threshold"]) for alert in alerts] == [
        ("2022-12-01", True), ("2022-12-02", False), ("2022-12-03", False),
    ]  # fmt: skip
    assert alerts[0]["announced"] is None
    assert alerts[1]["announced"]["kind"] == RETRACTED
    assert alerts[1]["announced"]["deviation"] == Decimal("0.9")
    assert alerts[1]["announcements"] == 2
    assert alerts[2]["deviation"] is None


def test_a_deviation_equal_to_the_threshold_is_no_exceedance():
    current = [version("2022-12-01", deviation="0.5"), version("2022-12-02", deviation="0.5001")]
    (reading,) = exceedances.select_exceedances(current, Decimal("0.5"))
    assert reading.date == "2022-12-02"


def test_the_difference_from_the_threshold_has_every_digit():
    reading = version("2022-12-01", deviation="0.612345678901234567890123456789012345")
    members = exceedances.exceedance_members(reading, Decimal("0.5"))
    assert str(members["above_by"]) == "0.112345678901234567890123456789012345"
