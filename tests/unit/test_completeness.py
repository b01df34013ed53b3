"""Complete months, and months that can be compared with the previous one."""

from dataclasses import replace

import pytest

from aquasense.dates import Month
from aquasense.figures import completeness
from aquasense.figures.completeness import CompletenessRule
from tests.support import version


@pytest.mark.parametrize(
    ("days", "codes"),
    [
        ((1, 8, 15, 22, 29), []),
        ((1, 15, 29), []),
        ((15, 16, 17), []),
        ((16, 17, 18), ["days_without"]),
        ((1, 2, 16), ["days_without"]),
        ((8, 22), ["few_readings"]),
        ((31,), ["few_readings", "days_without"]),
        ((), ["no_readings"]),
    ],
)
def test_a_month_is_complete_with_enough_readings_and_no_long_gap(days, codes):
    readings = [version(f"2022-12-{day:02d}") for day in days]
    reasons = completeness.find_shortcomings(Month(2022, 12), readings, CompletenessRule())
    assert [reason.code for reason in reasons] == codes
    assert all("2022-12" in reason.detail for reason in reasons)


def test_a_dataset_may_have_its_own_rule():
    readings = [version("2022-12-31")]
    assert not completeness.find_shortcomings(
        Month(2022, 12), readings, CompletenessRule(readings=1, days=31)
    )
    assert completeness.parse_rule({}) == CompletenessRule()
    assert completeness.parse_rule({"days": 40}) == replace(CompletenessRule(), days=40)


@pytest.mark.parametrize("table", [{"readings": 0}, {"days": "3"}, {"days": True}, {"x": 1}, []])
def test_an_invalid_rule_is_an_error(table):
    with pytest.raises(ValueError, match="complete"):
        completeness.parse_rule(table)
