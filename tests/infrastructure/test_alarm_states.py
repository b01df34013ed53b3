"""The state of every alarm over a recorded day: idle and healthy, and with its cause in it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.infrastructure.alarm_states import Point, next_state
from tests.infrastructure.test_operations import NOTIFYING, OWN, evaluate

MINUTES = 24 * 60
# More data points than the evaluation periods, as in the examples of the user guide; its size is
# not documented, so the alarms must be right without any.
EXTRA_POINTS = (0, 2)

# Values by minute of the day.
type Recording = dict[int, float]


def every(step: int, value: float, first: int = 0, last: int = MINUTES) -> Recording:
    return dict.fromkeys(range(first, last, step), value)


def hourly(value: float) -> Recording:
    """Return a value from each run of the schedule.

    The worst drift: two runs fall into one hour, and leave the next one empty, all day long.
    """
    return {hour * 60 + (hour % 2 == 0) - 1: value for hour in range(1, 25)}


# What AWS and the functions report of a deployment without uploads, requests and failures: the
# metrics of the hourly function, of containers, and of the queue that Lambda polls.
IDLE: dict[tuple[str, str], Recording] = {
    (OWN, "Heartbeat"): hourly(1),
    (OWN, "OldestUnsentAge"): hourly(0),
    (OWN, "SilentDatasets"): hourly(0),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): every(5, 0),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): every(5, 0),
    ("AWS/ApplicationELB", "HealthyHostCount"): every(1, 2),
    ("AWS/ApplicationELB", "UnHealthyHostCount"): every(1, 0),
}
# Of Lambda's metrics only those of the hourly function exist.
IDLE_WATCH: Recording = hourly(0)

# The day of each alarm's cause: from noon on, unless it says otherwise.
NOON = MINUTES // 2
STOPPED = {minute: value for minute, value in hourly(1).items() if minute < NOON}
CAUSES: dict[str, Recording] = {
    "DeadLetters": every(5, 1, NOON),
    "FilesWaiting": every(5, 8000, NOON),
    # One file, of which each attempt fails.
    "IngestErrors": every(24, 1, NOON),
    "NotifyErrors": every(1, 1, NOON),
    "WatchErrors": every(60, 1, NOON),
    "AlertsLate": every(1, 1_000_000, NOON),
    "Silence": hourly(0) | every(60, 1, NOON),
    "HttpApiErrors": every(1, 2, NOON),
    "QueryErrors": every(5, 1, NOON),
    "Heartbeat": STOPPED,
    # The stream's trigger was disabled, and a file came at noon.
    "AlertsUnsent": {m: max(0, m - NOON) * 60 for m in hourly(0)},
    "IngestThrottled": every(24, 1, NOON),
    "NotifyThrottled": every(1, 1, NOON),
    "QueryThrottled": every(1, 2, NOON),
    "TableReadsThrottled": every(1, 20, NOON),
    "TableWritesThrottled": every(1, 20, NOON),
    "TableReadErrors": every(1, 1, NOON),
    "TableWriteErrors": every(1, 1, NOON),
    "AlertsUndelivered": {NOON: 1},
    "ApiErrors": every(1, 2, NOON),
    "BalancerErrors": every(1, 2, NOON),
    "ApiSlow": every(1, 1.5, NOON),
    "UnhealthyTargets": every(1, 1, NOON),
    # No task is registered.
    "NoHealthyTasks": every(1, 2, 0, NOON),
}
STATISTICS: dict[str, Callable[..., float]] = {"Sum": sum, "Maximum": max, "p99": max}


def states(alarm: dict[str, Any], day: Recording, extra: int) -> Iterator[str]:
    """Yield the state after each period of a day that follows upon itself."""
    minutes = alarm["Period"] // 60
    statistic = STATISTICS[alarm.get("Statistic") or alarm["ExtendedStatistic"]]
    periods: list[Point] = []
    for start in range(0, MINUTES, minutes):
        values = [day[minute] for minute in range(start, start + minutes) if minute in day]
        periods.append(statistic(values) if values else None)
    size = alarm["EvaluationPeriods"] + extra
    state = "OK"
    for end in range(1, len(periods) + 1):
        points = [*periods, *periods[:end]][-size:]
        state = next_state(alarm, points, state)
        yield state


def idle_day(alarm: dict[str, Any]) -> Recording:
    if alarm["Namespace"] == "AWS/Lambda" and "Watch" in str(alarm["Dimensions"]):
        return IDLE_WATCH
    # SQS reports nothing of a queue that is unused for six hours.
    if "DeadLetter" in str(alarm["Dimensions"]):
        return {}
    return IDLE.get((alarm["Namespace"], alarm["MetricName"]), {})


@pytest.mark.parametrize("extra", EXTRA_POINTS)
@pytest.mark.parametrize("logical", NOTIFYING)
def test_no_alarm_fires_on_a_healthy_idle_day(logical: str, extra: int) -> None:
    alarm = evaluate(logical)
    assert set(states(alarm, idle_day(alarm), extra)) == {"OK"}


@pytest.mark.parametrize("extra", EXTRA_POINTS)
@pytest.mark.parametrize("logical", NOTIFYING)
def test_each_alarm_fires_on_the_day_of_its_cause(logical: str, extra: int) -> None:
    alarm = evaluate(logical)
    assert "ALARM" in set(states(alarm, CAUSES[logical], extra))


# The tables of the user guide: three of three, and two of three data points, of a range of five.
@pytest.mark.parametrize(
    ("needed", "points", "expected"),
    [
        (3, "0-X-X", ("OK", "OK", "OK")),
        (3, "0----", ("OK", "OK", "OK")),
        (3, "-----", ("before", "ALARM", "OK")),
        (3, "0XX-X", ("ALARM", "ALARM", "ALARM")),
        (3, "--X--", ("before", "ALARM", "OK")),
        (2, "0-X-X", ("ALARM", "ALARM", "ALARM")),
        (2, "00X0X", ("ALARM", "ALARM", "ALARM")),
        (2, "0-X--", ("OK", "ALARM", "OK")),
        (2, "----0", ("OK", "ALARM", "OK")),
        (2, "----X", ("before", "ALARM", "OK")),
    ],
)
def test_states_follow_the_tables_of_the_user_guide(
    needed: int, points: str, expected: tuple[str, str, str]
) -> None:
    alarm = {
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": needed,
    }
    values = [{"0": 0.0, "X": 1.0, "-": None}[point] for point in points]
    for treatment, state in zip(("ignore", "breaching", "notBreaching"), expected, strict=True):
        assert next_state(alarm | {"TreatMissingData": treatment}, values, "before") == state
