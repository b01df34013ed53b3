"""The verdicts agree with ioos_qc.qartod reading by reading; docs/quality.md lists exceptions."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from aquasense.quality import flags
from tests.parity.packages import NEEDED, ask
from tests.support import TEMPERATURE, version

pytestmark = NEEDED

TESTS = ("gross_range", "spike", "rate_of_change", "flat_line")
VERDICTS = {1: "pass", 2: "not_evaluated", 3: "suspect", 4: "fail"}
EVEN = (1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 14)
# Multiples of 1/8: exact in doubles, and often equal to a limit.
LIMITS = {
    "fail": [-2, 36], "suspect": [3, 30.5], "spike_suspect": 4, "spike_fail": 8.5,
    "rate_suspect": 0.5, "flat_suspect_days": 29, "flat_fail_days": 45, "flat_tolerance": 0.25,
}  # fmt: skip


def made_up_series(seed: int, steps: list[int]) -> dict[str, Any]:
    """Return a series that stays level for a while, drifts, and jumps."""
    chance = random.Random(seed)
    day, mean = date(2015, 1, 1), 15.0
    dates, means = [], []
    for step in steps:
        day += timedelta(days=step)
        kind = chance.choices(("level", "drift", "jump"), (6, 3, 1))[0]
        if kind == "jump":
            mean = chance.randrange(-40, 320) / 8
        elif kind == "drift":
            mean += chance.randrange(-40, 41) / 8
        dates.append(day.isoformat())
        means.append(mean + (chance.randrange(2) / 8 if kind == "level" else 0))
    return {"dates": dates, "means": means, "limits": LIMITS}


def uneven_steps(seed: int) -> list[int]:
    chance = random.Random(seed)
    return [chance.choice((1, 3, 6, 7, 8, 14, 30)) for _ in range(200)]


@pytest.fixture(scope="module")
def pairs() -> list[tuple[list[int], dict[str, list[str]], dict[str, list[str]]]]:
    """Return for each series its steps, the verdicts of ioos_qc, and ours."""
    steps = [[days] * 200 for days in EVEN] + [uneven_steps(seed) for seed in range(5)]
    made_up = [made_up_series(seed, days) for seed, days in enumerate(steps)]
    theirs = [
        {test: [VERDICTS[flag] for flag in values] for test, values in answer.items()}
        for answer in ask("reference.py", made_up)
    ]
    return list(zip(steps, theirs, map(evaluate, made_up), strict=True))


def evaluate(series: dict[str, Any]) -> dict[str, list[str]]:
    """Return our verdicts by test."""
    exact = {
        name: tuple(map(Decimal, value)) if isinstance(value, list) else Decimal(value)
        for name, value in LIMITS.items()
        if not name.endswith("days")
    }
    days = {name: value for name, value in LIMITS.items() if name.endswith("days")}
    limits = replace(TEMPERATURE.limits, gap_suspect_days=30, **exact, **days)
    dated = zip(series["dates"], series["means"], strict=True)
    verdicts = flags.evaluate([version(day, str(mean)) for day, mean in dated], limits)
    return {test: [by_test[test] for by_test in verdicts.values()] for test in TESTS}


@pytest.mark.parametrize("test", ["gross_range", "spike", "rate_of_change"])
def test_verdicts_agree_at_every_spacing(pairs, test):
    flagged = Counter()
    for _, theirs, ours in pairs:
        expected = list(theirs[test])
        if test == "rate_of_change":
            # ioos_qc passes the first reading, which has nothing to be compared with.
            assert expected[0] == "pass"
            expected[0] = "not_evaluated"
        assert ours[test] == expected
        flagged.update(expected)
    assert flagged["suspect"] > 100


def test_flat_lines_agree_at_every_even_spacing(pairs):
    flagged = Counter()
    for steps, theirs, ours in pairs[: len(EVEN)]:
        # ioos_qc passes the readings before the first complete window.
        count = LIMITS["flat_suspect_days"] // steps[0]
        assert set(theirs["flat_line"][:count]) == {"pass"}
        assert set(ours["flat_line"][:count]) <= {"pass", "not_evaluated"}
        assert ours["flat_line"][count:] == theirs["flat_line"][count:], steps[0]
        flagged.update(ours["flat_line"])
    assert min(flagged["suspect"], flagged["fail"]) > 50


def test_flat_lines_agree_at_uneven_spacing_where_the_days_hold_the_median_number(pairs):
    compared = Counter()
    for steps, theirs, ours in pairs[len(EVEN) :]:
        median = sorted(steps[1:])[len(steps) // 2 - 1]
        for i in range(20, len(steps)):
            if all(
                holds_median_number(steps[: i + 1], LIMITS[name], median)
                for name in ("flat_suspect_days", "flat_fail_days")
            ):
                assert ours["flat_line"][i] == theirs["flat_line"][i]
                compared[ours["flat_line"][i]] += 1
    assert compared.total() > 20


def holds_median_number(steps: list[int], days: int, median: int) -> bool:
    """Return whether the last days have as many readings as at even spacing, and are complete."""
    window: list[int] = []
    while sum(window) + steps[-1 - len(window)] <= days:
        window.append(steps[-1 - len(window)])
    return len(window) == days // median and sum(window) + max(window) > days
