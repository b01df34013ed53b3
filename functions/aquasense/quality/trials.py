"""Try typical errors on a series, and count those that are flagged.

Each reading in turn is replaced by a wrong one. It counts as caught if its own date is then
flagged. It is uploaded two days after the day it was measured, so that a date typed too late can
be in the future.
"""

import random
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import attrgetter

from aquasense.datasets import Dataset
from aquasense.quality import flags
from aquasense.quality.counts import is_flagged
from aquasense.quality.limits import QualityLimits
from aquasense.readings.versions import Version
from aquasense.uploads.identity import build_upload_id

type Mistake = Callable[[Version, Sequence[Version], random.Random], Version | None]


def _add(number: str) -> Mistake:
    return lambda reading, _, __: reading._replace(
        mean=str(Decimal(reading.mean) + Decimal(number))
    )


def _multiply(factor: str, offset: str = "0") -> Mistake:
    return lambda reading, _, __: reading._replace(
        mean=str(Decimal(reading.mean) * Decimal(factor) + Decimal(offset))
    )


def _swap_digits(reading: Version, _: Sequence[Version], __: random.Random) -> Version | None:
    """Swap the first two digits that differ: 15.57 becomes 51.57, 22.57 becomes 25.27."""
    places = [i for i, character in enumerate(reading.mean) if character.isdigit()]
    for first, second in zip(places, places[1:], strict=False):
        if reading.mean[first] != reading.mean[second]:
            digits = list(reading.mean)
            digits[first], digits[second] = digits[second], digits[first]
            return reading._replace(mean="".join(digits))
    return None


def _copy_other(reading: Version, readings: Sequence[Version], chance: random.Random) -> Version:
    other = reading
    while other.date == reading.date:
        other = chance.choice(readings)
    return reading._replace(mean=other.mean, deviation=other.deviation)


def _copy_previous(
    reading: Version, readings: Sequence[Version], _: random.Random
) -> Version | None:
    i = bisect_left(readings, reading.date, key=attrgetter("date"))
    if i == 0:
        return None
    return reading._replace(mean=readings[i - 1].mean, deviation=readings[i - 1].deviation)


def _swap_day_and_month(
    reading: Version, _: Sequence[Version], __: random.Random
) -> Version | None:
    day = date.fromisoformat(reading.date)
    if day.day > 12 or day.day == day.month:
        return None
    return reading._replace(date=date(day.year, day.day, day.month).isoformat())


def _shift_year(years: int) -> Mistake:
    def shift(reading: Version, _: Sequence[Version], __: random.Random) -> Version | None:
        year = int(reading.date[:4]) + years
        return (
            None
            if reading.date[5:] == "02-29"
            else reading._replace(date=f"{year}{reading.date[4:]}")
        )

    return shift


MISTAKES: dict[str, Mistake] = {
    "+3": _add("3"),
    "+4": _add("4"),
    "-3": _add("-3"),
    "decimal point one place to the left": _multiply("0.1"),
    "times 10": _multiply("10"),
    "Fahrenheit": _multiply("1.8", "32"),
    "two digits swapped": _swap_digits,
    "values of the reading before": _copy_previous,
    "values of another date": _copy_other,
    "day and month swapped": _swap_day_and_month,
    "the year before": _shift_year(-1),
    "the year after": _shift_year(1),
}
# Mistakes that only one unit has.
_UNITS = {"Fahrenheit": "degree_Celsius"}


def shares_caught(
    readings: Sequence[Version],
    dataset: Dataset,
    limits: QualityLimits,
    without: Collection[str] = (),
) -> dict[str, float]:
    """Return the share of each mistake that is flagged, by the mistake.

    Args:
        readings: current readings in order of date.
        dataset: of the readings; its limits are not used.
        limits: to try.
        without: names of tests whose flags do not count.
    """
    shares = {}
    by_value = _index_by_value(readings)
    for name, mistake in MISTAKES.items():
        if _UNITS.get(name, dataset.unit) != dataset.unit:
            continue
        chance = random.Random(name)
        caught = [
            _is_caught(readings, i, _place(wrong, reading, by_value), limits, without)
            for i, reading in enumerate(readings)
            if (wrong := mistake(reading, readings, chance)) is not None
        ]
        if caught:
            shares[name] = sum(caught) / len(caught)
    return shares


def _index_by_value(readings: Sequence[Version]) -> dict[str, list[Version]]:
    by_value: dict[str, list[Version]] = defaultdict(list)
    for reading in readings:
        for value in {reading.mean, reading.deviation}:
            by_value[value].append(reading)
    return by_value


def _place(wrong: Version, reading: Version, by_value: dict[str, list[Version]]) -> Version:
    """Return the wrong reading in place of a reading, with the time and partners it would have."""
    measured = datetime.combine(date.fromisoformat(reading.date), time())
    partners = {
        other
        for value in (wrong.mean, wrong.deviation)
        for other in by_value.get(value, ())
        if other.date not in (reading.date, wrong.date)
    }
    upload_id = build_upload_id("mistake", "", measured + timedelta(days=2), 0)
    return wrong._replace(upload_id=upload_id, partners=tuple(sorted(partners)))


def _is_caught(
    readings: Sequence[Version],
    i: int,
    wrong: Version,
    limits: QualityLimits,
    without: Collection[str],
) -> bool:
    day = date.fromisoformat(wrong.date)
    first, last = flags.required_range(day, day, limits)
    start = bisect_left(readings, first, key=attrgetter("date"))
    end = bisect_right(readings, last, key=attrgetter("date"))
    others = (readings[j] for j in range(start, end) if j != i and readings[j].date != wrong.date)
    near = sorted([*others, wrong])
    return is_flagged(flags.evaluate(near, limits, {wrong.date})[wrong.date], without)
