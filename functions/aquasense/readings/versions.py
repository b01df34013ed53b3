"""Versions of a date, and the reading that is current."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple


class Version(NamedTuple):
    """What one upload says of one date. Decimal texts, exactly as in the file.

    `withdrawn` is the place in the order at which the upload was withdrawn, empty if it was not.
    """

    date: str
    upload_id: str
    mean: str
    deviation: str
    line: int
    file: str
    deletion_id: str = ""

    def same_values(self, other: "Version") -> bool:
        """Whether both say the same, however many zeros they write it with."""
        return Decimal(self.mean) == Decimal(other.mean) and Decimal(self.deviation) == Decimal(
            other.deviation
        )


def current_readings(versions: Iterable[Version], as_of: str | None = None) -> list[Version]:
    """The value of each date, by date: its newest version that is not withdrawn.

    Args:
        versions: of the dates, in any order.
        as_of: a place in the order or the beginning of one (see moment()); what came after it,
            uploads and withdrawals alike, does not count. None is now.
    """
    newest: dict[str, Version] = {}
    for version in versions:
        if as_of is not None and version.upload_id[: len(as_of)] > as_of:
            continue
        if version.deletion_id and (as_of is None or version.deletion_id[: len(as_of)] <= as_of):
            continue
        known = newest.get(version.date)
        if known is None or version.upload_id > known.upload_id:
            newest[version.date] = version
    return [newest[date] for date in sorted(newest)]
