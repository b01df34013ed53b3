"""Two alarms and two step-scaling policies, minute by minute, as AWS describes them.

Simplified where it is stricter: tasks started in a minute carry load in the next one, and the
metric is exactly the load shared out evenly.
"""

import math
from collections import deque
from typing import Any

COMPARE = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


class Scaling:
    """The number of tasks of one service, from the parsed properties of the template."""

    def __init__(
        self,
        target: dict[str, Any],
        policies: list[dict[str, Any]],
        alarms: list[dict[str, Any]],
        tasks: int,
    ) -> None:
        self.tasks = tasks
        self._bounds = target["MinCapacity"], target["MaxCapacity"]
        self._pairs = [
            (Alarm(alarm), policy["StepScalingPolicyConfiguration"])
            for alarm, policy in zip(alarms, policies, strict=True)
        ]
        self._now = 0
        # Per policy: until when it rests, and what its last activity added.
        self._resting = [(0, 0) for _ in self._pairs]

    def minute(self, load: float) -> int:
        """A minute under this load (100: what one task can do); the tasks at its end."""
        metric = min(100.0, load / self.tasks) if not math.isnan(load) else load
        for index, (alarm, policy) in enumerate(self._pairs):
            if alarm.rings(metric):
                self._act(index, policy, metric - alarm.threshold)
        self._now += 60
        return self.tasks

    def _act(self, index: int, policy: dict[str, Any], beyond: float) -> None:
        change = _step(policy["StepAdjustments"], beyond)
        until, added = self._resting[index]
        if self._now < until:
            # While it rests, a larger step out adds the difference; a step in waits.
            change = max(0, change - added) if change > 0 else 0
        least, most = self._bounds
        wanted = min(most, max(least, self.tasks + change))
        if wanted != self.tasks:
            self._resting[index] = (self._now + policy["Cooldown"], wanted - self.tasks)
            self.tasks = wanted


class Alarm:
    """One alarm; it acts in every minute in which it is in ALARM."""

    def __init__(self, alarm: dict[str, Any]) -> None:
        assert alarm["Period"] == 60
        self.threshold = float(alarm["Threshold"])
        self._breaches = COMPARE[alarm["ComparisonOperator"]]
        self._ignores_missing = alarm["TreatMissingData"] == "ignore"
        self._seen: deque[bool] = deque(maxlen=alarm["EvaluationPeriods"])

    def rings(self, metric: float) -> bool:
        if math.isnan(metric):
            if self._ignores_missing:
                return False
            self._seen.append(False)
        else:
            self._seen.append(self._breaches(metric, self.threshold))
        return len(self._seen) == self._seen.maxlen and all(self._seen)


def _step(steps: list[dict[str, Any]], beyond: float) -> int:
    for step in steps:
        low = step.get("MetricIntervalLowerBound", -math.inf)
        high = step.get("MetricIntervalUpperBound", math.inf)
        # A bound belongs to the step that is nearer to the threshold when it is below it.
        inside = low <= beyond < high if beyond >= 0 else low < beyond <= high
        if inside:
            return int(step["ScalingAdjustment"])
    return 0
