"""When a reading looks wrong."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aquasense import exceedances, flags
from tests.support import TEMPERATURE, readings, version

LIMITS = TEMPERATURE.limits
HAIR = "0" * 40 + "1"


@pytest.mark.parametrize(
    ("mean", "verdict"),
    [
        ("14", "pass"),
        (f"14.{HAIR}", "suspect"),
        ("18", "suspect"),
        (f"18.{HAIR}", "fail"),
        (f"5.{'9' * 41}", "suspect"),
        ("6", "pass"),
    ],
)
def test_a_spike_is_compared_with_every_digit(mean, verdict):
    around = readings(("2022-12-01", "10"), ("2022-12-08", mean), ("2022-12-15", "10"))
    assert flags.of(around, LIMITS)["2022-12-08"]["spike"] == verdict


@pytest.mark.parametrize(
    ("mean", "verdict"), [("17", "pass"), (f"17.{HAIR}", "suspect"), (f"2.{'9' * 41}", "suspect")]
)
def test_a_rate_of_change_is_compared_with_every_digit(mean, verdict):
    around = readings(("2022-12-01", "10"), ("2022-12-08", mean))
    assert flags.of(around, LIMITS)["2022-12-08"]["rate_of_change"] == verdict


means = st.from_regex(r"-?[0-9]{1,2}\.[0-9]{0,3}(0{30}[0-9]{1,2})?", fullmatch=True)


@given(means, means, means, st.integers(1, 21))
def test_verdicts_are_those_of_exact_fractions(before, mean, after, days):
    first = date(2022, 12, 1)
    dates = [(first + timedelta(days=number * days)).isoformat() for number in range(3)]
    around = readings(*zip(dates, (before, mean, after), strict=True))
    found = flags.of(around, LIMITS)[dates[1]]
    low, own, high = (Fraction(one) for one in (before, mean, after))
    distance = abs(own - (low + high) / 2)
    spike = "fail" if distance > 8 else "suspect" if distance > 4 else "pass"
    rate = "suspect" if abs(own - low) / days > 1 else "pass"
    assert (found["spike"], found["rate_of_change"]) == (spike, rate)


def test_by_how_much_a_reading_is_above_a_threshold_has_every_digit():
    over = version("2022-12-01", deviation="0.612345678901234567890123456789012345")
    found = exceedances.row(over, Decimal("0.5"))
    assert str(found["above_by"]) == "0.112345678901234567890123456789012345"
