"""Count the readings of a history that limits flag."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from aquasense.quality import flags
from aquasense.quality.limits import QualityLimits
from aquasense.readings.versions import Version

_ANY = Decimal("-Infinity"), Decimal("Infinity")
# Values that flag no reading, of the limits that flag readings.
_OPEN: dict[str, Any] = {
    "fail": _ANY,
    "suspect": _ANY,
    "deviation_suspect": _ANY[1],
    "spike_suspect": _ANY[1],
    "spike_fail": _ANY[1],
    "rate_suspect": _ANY[1],
    "flat_tolerance": Decimal(0),
}
_WITHOUT_LIMITS = ("timing", "repeat")


def share_of_false_alarms(
    readings: Sequence[Version], limits: QualityLimits, without: Collection[str] = ()
) -> float:
    """Return the share of the readings that are flagged as they are.

    Args:
        readings: current readings in order of date.
        limits: to try.
        without: names of tests whose flags do not count.
    """
    verdicts = flags.evaluate(readings, limits)
    flagged = sum(is_flagged(tests, without) for tests in verdicts.values())
    return flagged / len(readings)


def count_flags(readings: Sequence[Version], limits: QualityLimits) -> dict[str, int]:
    """Return the number of readings that each test flags; tests that flag none are left out."""
    counts: Counter[str] = Counter()
    for verdicts in flags.evaluate(readings, limits).values():
        for flag in flags.list_flags(verdicts):
            counts[flag.partition(":")[0]] += 1
    return dict(counts)


def count_flags_by_limit(readings: Sequence[Version], limits: QualityLimits) -> dict[str, int]:
    """Return the number of readings that each limit flags without the others.

    Limits that flag no single reading, such as `scale_suspect`, are left out.
    """
    counts = {}
    for name in _OPEN:
        others = {other: value for other, value in _OPEN.items() if other != name}
        alone = replace(limits, **others)
        verdicts = flags.evaluate(readings, alone).values()
        counts[name] = sum(is_flagged(tests, _WITHOUT_LIMITS) for tests in verdicts)
    return counts


def is_flagged(verdicts: dict[str, str], without: Collection[str] = ()) -> bool:
    """Return whether a test raises doubt, except those without."""
    return any(flag.partition(":")[0] not in without for flag in flags.list_flags(verdicts))
