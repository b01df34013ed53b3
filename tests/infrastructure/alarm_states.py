"""The state of one alarm after CloudWatch's documented rules.

docs.aws.amazon.com: CloudWatch user guide, alarm-evaluation.html and alarms-and-missing-data.html
"""

import operator
from collections.abc import Sequence
from typing import Any

OPERATORS = {"GreaterThanThreshold": operator.gt, "LessThanThreshold": operator.lt}

type Point = float | None


def next_state(alarm: dict[str, Any], points: Sequence[Point], state: str) -> str:
    """Return the state after an evaluation.

    Args:
        alarm: evaluated properties.
        points: of the evaluation range, oldest first; None is a missing one.
        state: before the evaluation.
    """
    periods = alarm["EvaluationPeriods"]
    needed = alarm.get("DatapointsToAlarm", periods)
    breaches = OPERATORS[alarm["ComparisonOperator"]]
    # Real data come first, wherever they are in the range; missing ones only fill up to `periods`.
    real = [breaches(point, alarm["Threshold"]) for point in points if point is not None]
    real = real[-periods:]
    missing = periods - len(real)
    treatment = alarm["TreatMissingData"]
    # The API's reference says so whatever is set, the user guide only by default.
    if alarm.get("Namespace") == "AWS/DynamoDB":
        treatment = "ignore"
    breaching = sum(real) + (missing if treatment == "breaching" else 0)
    if breaching >= needed:
        return "ALARM"
    return state if treatment == "ignore" and missing and all(real) else "OK"
