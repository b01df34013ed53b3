"""Which alarms a day makes: none where nothing is wrong, the right one where something is.

Each alarm is worked out period by period as CloudWatch describes it: in ALARM where so many of the
last so many datapoints breach; missing ones count as the template says. None is a missing one.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.infrastructure.simulation import COMPARE
from tests.infrastructure.test_operations import PEOPLE, alarm

type Points = Sequence[float | None]

# A deployment, a throttled request that the next attempt made good, a slow five minutes, a task
# that died and was replaced, a large batch of files, and nights without anything at all.
HEALTHY: dict[str, Points] = {
    "DeadLetters": [0] * 12 + [None] * 100 + [0] * 12,
    "FilesWaiting": [None, 3, 40, 600, 3500, 20, None, 3, None],
    "IngestErrors": [None] * 4 + [1] + [None, 0, 0] + [1] + [0] * 12 + [3, 0] + [None] * 12,
    "NotifyErrors": [None] * 4 + [2] + [None] * 12 + [1, 1, 0, None],
    "WatchErrors": [0, 0, 1, 0, 0, 0, None, 3, 0, 0],
    "QueryErrors": [None, 0, 1, 0, 0, 0, None, 2, None, None, 1],
    "AlertsLate": [None, 300, 2_000, None, 950_000, 1_000, None],
    "Silence": [None, None, 0, 0, 0, None, 0],
    "HttpApiErrors": [0, 0, 6, 0, None, 5, 5, 5, None],
    "ApiErrors": [None, 2, 7, None, 5, 5, None, 1],
    "BalancerErrors": [None, 3, None, None, 40, None, None, 2],
    "ApiSlow": [0.02, 0.03, 2.5, 1.4, 0.02, None, 1.9, 0.02],
    "UnhealthyTargets": [0] * 20 + [1, 1, 1, 0] + [0] * 20 + [1, 1] + [None] * 3,
}
# What is wrong, and the number of periods within which somebody has to hear of it.
WRONG: dict[str, tuple[Points, int]] = {
    "DeadLetters": ([1], 1),
    "FilesWaiting": ([7_300, 7_600, 7_900], 3),
    # One file, tried every 24 minutes: that is every fifth period.
    "IngestErrors": ([1, *[None] * 4, 1, *[None] * 4, 1], 11),
    "NotifyErrors": ([1, 2, 2], 3),
    "WatchErrors": ([3, 3], 2),
    "QueryErrors": ([4, 2], 2),
    "AlertsLate": ([910_000, 1_200_000, 1_500_000], 3),
    "Silence": ([1], 1),
    "HttpApiErrors": ([30, 12], 2),
    "ApiErrors": ([30, 12], 2),
    "BalancerErrors": ([30, None, 12], 3),
    "ApiSlow": ([1.2, 1.3, 4.0], 3),
    # A task that is replaced by one as sick, again and again.
    "UnhealthyTargets": ([1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1], 11),
}
OVER: Points = [0, 0, 0] + [None] * 15


def in_alarm(properties: dict[str, Any], points: Points) -> list[bool]:
    """Whether it is in ALARM after each datapoint."""
    breaches = COMPARE[properties["ComparisonOperator"]]
    count = properties["EvaluationPeriods"]
    enough = properties.get("DatapointsToAlarm", count)
    known: list[bool] = []
    states: list[bool] = []
    for point in points:
        if point is None and properties["TreatMissingData"] == "ignore":
            states.append(bool(states) and states[-1])
            continue
        known.append(point is not None and breaches(point, properties["Threshold"]))
        states.append(sum(known[-count:]) >= enough)
    return states


def test_every_alarm_that_tells_somebody_is_tried() -> None:
    assert HEALTHY.keys() == WRONG.keys() == set(PEOPLE)


@pytest.mark.parametrize("logical", PEOPLE)
def test_none_goes_off_on_a_day_on_which_nothing_is_wrong(logical: str) -> None:
    assert not any(in_alarm(alarm(logical), HEALTHY[logical]))


@pytest.mark.parametrize("logical", PEOPLE)
def test_each_goes_off_in_time_and_clears_when_it_is_over(logical: str) -> None:
    points, within = WRONG[logical]
    states = in_alarm(alarm(logical), [*HEALTHY[logical], *points, *OVER])
    begin = len(HEALTHY[logical])
    assert any(states[begin : begin + within])
    assert not states[-1]


def test_dead_letters_that_nobody_touches_keep_their_alarm() -> None:
    assert all(in_alarm(alarm("DeadLetters"), [2, *[None] * 2000]))


def test_silence_goes_off_once_however_the_hourly_runs_fall_into_hours() -> None:
    states = in_alarm(alarm("Silence"), [0, 1, 1, None, 1, 1, None, 1, 0, 0])
    changes = [now for before, now in zip(states, states[1:], strict=False) if before != now]
    assert changes == [True, False]
