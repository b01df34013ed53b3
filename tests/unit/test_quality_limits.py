"""Limits from a dataset's history, and what they catch."""

from dataclasses import replace
from decimal import Decimal

import pytest

from aquasense.quality.counts import count_flags, count_flags_by_limit, share_of_false_alarms
from aquasense.quality.proposal import propose_limits
from aquasense.quality.trials import shares_caught
from tests.support import ROOT, TEMPERATURE, readings
from tools.quality import made_up_series, make_table, sample_series
from tools.tables import replace_table

TODAY = TEMPERATURE.limits
DAYS = [f"2022-{month:02}-{day:02}" for month in range(1, 13) for day in (1, 8, 15, 22)]


@pytest.fixture(scope="module", params=[sample_series, made_up_series], ids=["sample", "ten years"])
def series(request):
    return request.param()


def test_the_table_of_the_docs_is_that_of_the_command():
    text = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
    assert text == replace_table(text, "share caught", make_table()), "run: make quality"


def test_proposed_limits_catch_most_mistakes_and_flag_few_good_readings(series):
    limits = propose_limits(series, TODAY)
    shares = shares_caught(series, TEMPERATURE, limits)
    assert shares["+4"] >= 0.85
    assert shares["+4"] > 1.5 * shares_caught(series, TEMPERATURE, TODAY)["+4"]
    assert shares["values of the reading before"] == shares["values of another date"] == 1
    assert min(shares["times 10"], shares["Fahrenheit"], shares["the year after"]) == 1
    assert share_of_false_alarms(series, limits) <= 0.01
    assert sum(count_flags(series, limits).values()) <= 0.01 * len(series)


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_proposed_limits_flag_few_good_readings_of_other_years(seed):
    limits = propose_limits(made_up_series(), TODAY)
    assert share_of_false_alarms(made_up_series(seed), limits) <= 0.01


def test_a_few_mistakes_in_the_history_hardly_change_the_limits():
    good = made_up_series()
    wrong = [
        reading._replace(mean=str(float(reading.mean) + 9)) if i % 40 == 20 else reading
        for i, reading in enumerate(good)
    ]
    limits, others = propose_limits(good, TODAY), propose_limits(wrong, TODAY)
    # The greatest multiple of the robust deviation, and half of the mistake at its neighbours.
    assert limits.spike_suspect < others.spike_suspect < Decimal(9)
    assert all(
        count_flags([*wrong[i - 3 : i + 4]], others).get("spike")
        for i in range(20, len(wrong) - 4, 40)
    )


def test_a_history_without_variation_keeps_todays_limits():
    flat = readings(*((day, "15") for day in DAYS))
    flat = [reading._replace(deviation="0") for reading in flat]
    limits = propose_limits(flat, TODAY)
    assert limits == replace(TODAY, suspect=(Decimal(15), Decimal(15)), gap_suspect_days=21)


def test_limits_are_in_the_unit_of_the_readings_and_within_what_nature_gives():
    means = [str(30 + (i * 7 % 11)) for i in range(len(DAYS))]
    limits = propose_limits(readings(*zip(DAYS, means, strict=True)), TODAY)
    assert limits.suspect == (Decimal(29), TODAY.fail[1])
    assert limits.fail == TODAY.fail
    assert limits.gap_suspect_days == 21
    assert limits.spike_fail == 2 * limits.spike_suspect
    assert share_of_false_alarms(readings(*zip(DAYS, means, strict=True)), limits) <= 0.01


def test_a_short_history_is_refused():
    with pytest.raises(ValueError, match="11 readings are too few: 12 are needed"):
        propose_limits(readings(*((day, "15") for day in DAYS[:11])), TODAY)


def test_each_limit_is_counted_without_the_others():
    limits = replace(TODAY, fail=(Decimal(5), Decimal(40)))
    means = ["15"] * 5 + ["2"] + ["15"] * 4
    series = readings(*zip(DAYS, means, strict=False))
    series[6:] = (reading._replace(deviation="3") for reading in series[6:])
    assert count_flags_by_limit(series, limits) == {
        "fail": 1,
        "suspect": 1,
        "deviation_suspect": 4,
        "spike_suspect": 3,
        "spike_fail": 1,
        "rate_suspect": 2,
        "flat_tolerance": 5,
    }
