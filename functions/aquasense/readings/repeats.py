"""Find readings that have, digit for digit, the mean or the deviation of another date.

Each date keeps copies of the versions and reviews of the dates that share a value with it, its
*partners*, so that its verdict follows from its own items, also as of an earlier time. A bad
reading is repeated by none. A value is compared with
the COMPARED other dates that had it first: a series that repeats one value for ever would otherwise
have copies of all dates at each date. Values of few decimals repeat honestly and are left out.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import attrgetter

from aquasense.readings.versions import Version, current_readings

DECIMALS, COMPARED = 4, 5

_KINDS = (attrgetter("mean"), attrgetter("deviation"))
# Of the ordinal of a day, which has 20 bits until the year 2870.
_DAY_BITS = 20
_HASH_MASK = (1 << 44) - 1


def is_precise(number: str) -> bool:
    """Return True if the number has so many decimals that it does not repeat by chance."""
    point = number.find(".")
    return 0 <= point < len(number) - DECIMALS


def find_repeat(reading: Version) -> str:
    """Return the nearest earlier date with the same mean or deviation, else the nearest later one.

    Args:
        reading: current reading, as of any time (versions.current_readings).

    Returns:
        An ISO date; empty for none.
    """
    if not reading.partners:
        return ""
    current = {partner.date: partner for partner in current_readings(reading.partners)}
    repeated: set[str] = set()
    for value_of in _KINDS:
        value = value_of(reading)
        if is_precise(value):
            sharing = (partner for partner in reading.partners if value_of(partner) == value)
            repeated.update(
                day
                for day in _rank_dates(sharing)[:COMPARED]
                if day in current and value_of(current[day]) == value
            )
    earlier = (day for day in repeated if day < reading.date)
    return max(earlier, default=min(repeated, default=""))


def list_copies(
    versions: Iterable[Version], dates: Collection[str] | None = None
) -> Iterator[tuple[str, Version]]:
    """Yield the copies that the index lacks: a date, and a version of one of its partners.

    Args:
        versions: all versions of every date that shares a value with one of the dates.
        dates: ISO dates whose copies, and copies at other dates, are listed; None is all.
    """
    by_date: dict[str, list[Version]] = defaultdict(list)
    by_value: dict[tuple[int, str], list[Version]] = defaultdict(list)
    for version in versions:
        by_date[version.date].append(version)
        for kind, value_of in enumerate(_KINDS):
            if is_precise(value_of(version)):
                by_value[kind, value_of(version)].append(version)
    pairs = set()
    for sharing in by_value.values():
        ranked = _rank_dates(sharing)
        pairs |= {
            (day, partner)
            for partner in ranked[: COMPARED + 1]
            for day in ranked
            if day != partner and (dates is None or day in dates or partner in dates)
        }
    for day, partner in sorted(pairs):
        present = set(by_date[day][0].partners)
        for version in by_date[partner]:
            reviews = [review._replace(comment="", line=0, file="") for review in version.reviews]
            copy = version._replace(line=0, file="", partners=(), reviews=tuple(reviews))
            if copy not in present:
                yield day, copy


def attach_partners(versions: Iterable[Version]) -> list[Version]:
    """Return all versions of a dataset with their partners, for versions that are in no table."""
    plain = [version._replace(partners=()) for version in versions]
    partners: dict[str, list[Version]] = defaultdict(list)
    for day, copy in list_copies(plain):
        partners[day].append(copy)
    return [version._replace(partners=tuple(partners.get(version.date, ()))) for version in plain]


class RepeatFinder:
    """Find the dates that share a value with a date of an upload, in a few bytes for each value."""

    def __init__(self, upload_id: str) -> None:
        self._upload_id = upload_id
        self._own: set[int] = set()
        # Hash of a value and, in the last bits, the day; equal hashes are compared as texts later.
        self._values: set[int] = set()

    def add(self, versions: Iterable[Version]) -> None:
        """Add versions of the dataset, from all uploads."""
        for version in versions:
            day = date.fromisoformat(version.date).toordinal()
            if version.is_part_of(self._upload_id):
                self._own.add(day)
            for kind, value_of in enumerate(_KINDS):
                if is_precise(value_of(version)):
                    value = hash((kind, value_of(version))) & _HASH_MASK
                    self._values.add(value << _DAY_BITS | day)

    def dates(self) -> set[str]:
        """Return the ISO dates that share a value, if one of them is of the upload."""
        shared: set[int] = set()
        for _, group in groupby(sorted(self._values), lambda value: value >> _DAY_BITS):
            days = [value & ((1 << _DAY_BITS) - 1) for value in group]
            if len(days) > 1 and not self._own.isdisjoint(days):
                shared.update(days)
        return {date.fromordinal(day).isoformat() for day in shared}


def _rank_dates(sharing: Iterable[Version]) -> list[str]:
    """Return the dates of versions with one value, those with the earliest upload first."""
    first: dict[str, str] = {}
    for version in sharing:
        first[version.date] = min(first.get(version.date, version.upload_id), version.upload_id)
    return sorted(first, key=lambda day: (first[day], day))
