"""What an upload changed, as of its own place in the order.

Worked out year by year, so that it takes no more memory for two centuries than for one season.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from aquasense import figures, flags
from aquasense.datasets import Dataset
from aquasense.definitions import summarize_month
from aquasense.figures import Month
from aquasense.versions import Version, current

# A receipt lists no more readings that look wrong; it counts all.
LISTED_FLAGS = 1000


@dataclass(frozen=True, slots=True)
class MonthChange:
    """A month an upload touched: its figures just before and just after; None without readings.

    Each side is {"readings": int, "temp": …, …}, figures as exact decimals.
    """

    month: str
    before: dict[str, Decimal | int | None] | None
    after: dict[str, Decimal | int | None] | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What an upload changed.

    Attributes:
        new, changed, unchanged: dates that had no value, another one, the same one before.
        superseded: dates for which a later upload, not withdrawn since, says something by now.
        looks_wrong: readings that do; flagged lists the first of them with why, by ISO date.
        scale: how many times the usual deviation the file's is, where that is suspicious.
        months: those with a row of the upload, and the ones after them whose figures use it.
    """

    new: int
    changed: int
    unchanged: int
    superseded: int
    looks_wrong: int
    flagged: dict[str, list[str]]
    scale: float | None
    months: tuple[MonthChange, ...]


@dataclass(slots=True)
class EffectOf:
    """The effect of one upload, while its years come in."""

    upload_id: str
    dataset: Dataset
    new: int = 0
    unchanged: int = 0
    superseded: int = 0
    looks_wrong: int = 0
    flagged: dict[str, list[str]] = field(default_factory=dict)
    months: dict[Month, MonthChange] = field(default_factory=dict)
    _own: array[float] = field(default_factory=lambda: array("d"))
    _history: array[float] = field(default_factory=lambda: array("d"))

    def add(self, year: str, versions: Sequence[Version]) -> None:
        """Take a year into account.

        Args:
            year: "2022"; each year of the dataset once.
            versions: of the year and of what reaches over its edges (see edges()), from all
                uploads.
        """
        own = [v for v in versions if v.order == self.upload_id and v.date.startswith(year)]
        earlier = [version for version in versions if version.order < self.upload_id]
        before = current(earlier, self.upload_id)
        self._own.extend(float(version.deviation) for version in own)
        self._history.extend(float(v.deviation) for v in before if v.date.startswith(year))
        if not own:
            return
        # The upload itself counts as not withdrawn: the effect is what it did when it came.
        came = [v._replace(withdrawn="") for v in versions if v.order == self.upload_id]
        after = current([*earlier, *came], self.upload_id)
        old = {version.date: version for version in before}
        later = {v.date for v in versions if v.order > self.upload_id and not v.withdrawn}
        self.new += sum(version.date not in old for version in own)
        self.unchanged += sum(v.date in old and v.same_values(old[v.date]) for v in own)
        self.superseded += sum(version.date in later for version in own)
        self._flag(own, after)
        self._change({Month.of(version.date) for version in own}, before, after)

    def result(self) -> Effect:
        """The effect, once every year was added."""
        return Effect(
            new=self.new,
            changed=len(self._own) - self.new - self.unchanged,
            unchanged=self.unchanged,
            superseded=self.superseded,
            looks_wrong=self.looks_wrong,
            flagged=dict(sorted(self.flagged.items())),
            scale=flags.scale(self._own, self._history, self.dataset.limits),
            months=tuple(self.months[month] for month in sorted(self.months)),
        )

    def _flag(self, own: Iterable[Version], after: Sequence[Version]) -> None:
        verdicts = flags.of(after, self.dataset.limits)
        for version in own:
            if found := flags.looks_wrong(verdicts[version.date]):
                self.looks_wrong += 1
                if len(self.flagged) < LISTED_FLAGS:
                    self.flagged[version.date] = found

    def _change(
        self, touched: set[Month], before: Iterable[Version], after: Iterable[Version]
    ) -> None:
        old, new = figures.by_month(before), figures.by_month(after)
        following = {month.next() for month in touched if str(month.next()) in new}
        for month in touched | following:
            self.months[month] = MonthChange(
                str(month), summarize_month(month, old), summarize_month(month, new)
            )


def effect(upload_id: str, dataset: Dataset, versions: Iterable[Version]) -> Effect:
    """What an upload changed, given everything at once.

    Args:
        upload_id: of an upload whose rows are among the versions.
        dataset: which it belongs to.
        versions: of all the dataset's dates, from all uploads.
    """
    found = EffectOf(upload_id, dataset)
    known = sorted(versions)
    for year in sorted({version.date[:4] for version in known}):
        first, last = edges(year, dataset.limits)
        found.add(year, [version for version in known if first <= version.date <= last])
    return found.result()


def edges(year: str, limit: flags.Limits) -> tuple[str, str]:
    """The first and last ISO date that what happens in a year can depend on or reach.

    Figures of January rest on the December before, and readings are judged with their neighbours.
    """
    number = int(year)
    first, last = flags.reach(date(number, 1, 1), date(number, 12, 31), limit)
    return min(first, f"{number - 1:04d}-12-01"), max(last, f"{number + 1:04d}-01-31")
