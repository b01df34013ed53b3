"""Compute the impact of an upload: the readings, flags and figures that it changed.

The impact is that of the upload's arrival: later uploads and deletions do not change it, except for
the number of superseded dates. It is computed year by year, in constant memory.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from aquasense.csvfile.lines import Rejection
from aquasense.datasets import Dataset
from aquasense.dates import Month
from aquasense.quality.flags import evaluate, list_flags, required_days
from aquasense.quality.registry import scale_ratio
from aquasense.readings.versions import (
    Version,
    all_readings,
    current_readings,
    select_counting,
)
from aquasense.uploads.months import MonthChange, MonthComparison
from aquasense.uploads.notes import Note, NoteBuilder

# Flagged readings that a receipt lists; it counts all of them.
LISTED_FLAGS = 1000


@dataclass(frozen=True, slots=True)
class Impact:
    """The changes made by an upload.

    Attributes:
        new, changed, unchanged: number of dates with no, another or the same value before.
        superseded: number of dates with a version of a later upload that is not withdrawn.
        looks_wrong: number of flagged readings that no review has settled.
        flagged: the flags of the first LISTED_FLAGS of them, by ISO date.
        scale: ratio of the file's deviations to the usual ones (quality.registry.scale_ratio).
        months: those with a row of the upload, and the months after them, whose figures use them.
        notes: what is worth a look, and no flag.
        rejections: of a file of reviews, lines that do not name a reading's current value.
    """

    new: int
    changed: int
    unchanged: int
    superseded: int
    looks_wrong: int
    flagged: dict[str, list[str]]
    scale: float | None
    months: tuple[MonthChange, ...]
    notes: tuple[Note, ...] = ()
    rejections: tuple[Rejection, ...] = ()


@dataclass(slots=True)
class ImpactBuilder:
    """Build the impact of one upload from the versions of its dataset, year by year.

    It holds one year, and the earlier readings that flags and figures of the next year depend on.
    """

    upload_id: str
    dataset: Dataset
    file: str
    new: int = 0
    unchanged: int = 0
    superseded: int = 0
    looks_wrong: int = 0
    flagged: dict[str, list[str]] = field(default_factory=dict)
    _deviations: array[float] = field(default_factory=lambda: array("d"))
    _history: array[float] = field(default_factory=lambda: array("d"))
    # Dates of the upload whose flags depend on later readings, and the last readings so far.
    _pending: list[str] = field(default_factory=list)
    _tail: list[Version] = field(default_factory=list)
    _months: MonthComparison = field(default_factory=MonthComparison)
    _notes: NoteBuilder = field(init=False)

    def __post_init__(self) -> None:
        """Begin the notes of the upload."""
        self._notes = NoteBuilder(self.upload_id, self.file)

    def add_year(self, versions: Sequence[Version]) -> None:
        """Add the next year.

        Args:
            versions: of all dates of one calendar year, from all uploads.
        """
        own = [version for version in versions if version.upload_id == self.upload_id]
        earlier = [version for version in versions if version.upload_id < self.upload_id]
        before = after = all_readings(earlier, self.upload_id)
        counting = select_counting(before)
        self._deviations.extend(float(version.deviation) for version in own)
        self._history.extend(float(version.deviation) for version in counting)
        if own:
            # On its arrival the upload was not withdrawn yet.
            arrived = [version._replace(deletion_id="") for version in own]
            after = all_readings([*earlier, *arrived], self.upload_id)
            self._count_dates(own, before, versions)
        if versions:
            dates = sorted(version.date for version in own)
            self._flag_year(versions[0].date[:4], dates, after)
        self._notes.add_year(earlier, own, counting)
        self._notes.add_lapsed(before, after)
        months = {Month.of(version.date) for version in own}
        self._months.add_year(months, counting, select_counting(after))

    def build(self) -> Impact:
        """Return the impact; call it after the last year."""
        self._flag_dates(self._pending, self._tail)
        return Impact(
            new=self.new,
            changed=len(self._deviations) - self.new - self.unchanged,
            unchanged=self.unchanged,
            superseded=self.superseded,
            looks_wrong=self.looks_wrong,
            flagged=dict(sorted(self.flagged.items())),
            scale=scale_ratio(self._deviations, self._history, self.dataset.limits),
            months=self._months.changes(),
            notes=tuple(self._notes.build()),
        )

    def _count_dates(
        self, own: Sequence[Version], before: Iterable[Version], versions: Iterable[Version]
    ) -> None:
        previous = {reading.date: reading for reading in before}
        later = {
            version.date
            for version in versions
            if version.upload_id > self.upload_id and not version.deletion_id
        }
        self.new += sum(version.date not in previous for version in own)
        self.unchanged += sum(
            version.date in previous and version.same_values(previous[version.date])
            for version in own
        )
        self.superseded += sum(version.date in later for version in own)

    def _flag_year(self, year: str, dates: list[str], after: list[Version]) -> None:
        """Flag the dates with all readings they depend on; keep the others for the next year."""
        days_before, days_after = required_days(self.dataset.limits)
        complete = _subtract_days(f"{year}-12-31", days_after)
        needed = _subtract_days(complete, days_before)
        readings = [*self._tail, *after]
        pending = [*self._pending, *dates]
        self._flag_dates([day for day in pending if day <= complete], readings)
        self._pending = [day for day in pending if day > complete]
        self._tail = [reading for reading in readings if reading.date > needed]

    def _flag_dates(self, dates: Sequence[str], readings: Sequence[Version]) -> None:
        if not dates:
            return
        verdicts = evaluate(readings, self.dataset.limits, set(dates))
        reviewed = {reading.date for reading in readings if reading.review}
        for day in dates:
            if day in reviewed:
                continue
            if flags := list_flags(verdicts[day]):
                self.looks_wrong += 1
                if len(self.flagged) < LISTED_FLAGS:
                    self.flagged[day] = flags


def compute_impact(upload_id: str, dataset: Dataset, versions: Iterable[Version]) -> Impact:
    """Return the impact of an upload.

    Args:
        upload_id: of an upload with rows among the versions.
        dataset: of the upload.
        versions: of all dates of the dataset, from all uploads.
    """
    versions = sorted(versions)
    file = next((version.file for version in versions if version.upload_id == upload_id), "")
    builder = ImpactBuilder(upload_id, dataset, file)
    for _, year in groupby(versions, key=lambda version: version.date[:4]):
        builder.add_year(list(year))
    return builder.build()


def compute_scale(upload_id: str, dataset: Dataset, versions: Iterable[Version]) -> float | None:
    """Return the scale of an upload's impact, with the arguments of compute_impact."""
    versions = list(versions)
    own = [float(version.deviation) for version in versions if version.upload_id == upload_id]
    earlier = (version for version in versions if version.upload_id < upload_id)
    history = [float(reading.deviation) for reading in current_readings(earlier, upload_id)]
    return scale_ratio(own, history, dataset.limits)


def _subtract_days(iso: str, days: int) -> str:
    return date.fromordinal(max(date.fromisoformat(iso).toordinal() - days, 1)).isoformat()


# The impact of an upload without readings.
NO_IMPACT = Impact(0, 0, 0, 0, looks_wrong=0, flagged={}, scale=None, months=())
