"""JSON members of responses about months."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from aquasense.datasets import Dataset
from aquasense.dates import Month
from aquasense.figures import monthly
from aquasense.figures.completeness import comparability_members
from aquasense.figures.registry import FIGURES
from aquasense.quality import flags
from aquasense.readings.members import reading_members, reviewed_members
from aquasense.readings.versions import Version, all_readings, select_counting
from aquasense.uploads.identity import parse_upload_time


class NoReadings(LookupError):
    """The month has no readings, now or as of the requested time.

    Attributes:
        available: first and last month with readings; None for a dataset without any.
        known_from: time of the first upload if it is after the requested time, else None.
    """

    def __init__(self, month: Month, versions: Sequence[Version], as_of: str | None = None) -> None:
        """Find the months that have readings.

        Args:
            month: the requested month.
            versions: all versions of the dataset.
            as_of: see current_readings().
        """
        readings = all_readings(versions, as_of)
        self.available = available_months(select_counting(readings))
        self.known_from = None
        message = f"there are no readings for {month}"
        if any(reading.is_bad and reading.date.startswith(str(month)) for reading in readings):
            message += " that count: a review calls each of them bad"
        if as_of is not None:
            message += " as of that moment"
            earliest = min((version.upload_id for version in versions), default="")
            if earliest[: len(as_of)] > as_of:
                self.known_from = parse_upload_time(earliest)
                message += f": nothing was known until {self.known_from}"
        super().__init__(message)


def available_months(readings: Sequence[Version]) -> dict[str, str] | None:
    """Return the first and the last month of readings in order of date; None without readings."""
    return {"first": readings[0].date[:7], "last": readings[-1].date[:7]} if readings else None


def figure_members(
    dataset: Dataset,
    metric: str,
    month: Month,
    readings: Mapping[str, Sequence[Version]],
    bad: Sequence[Version] = (),
    *,
    explain: bool = False,
) -> dict[str, Any]:
    """Return the members of one figure of one month.

    Args:
        dataset: dataset of the readings.
        metric: name in FIGURES.
        month: a month with at least one reading.
        readings: current readings by month, both in order: those of the month, of the previous
            month if the figure needs it, and their neighbours (see flags.required_range()).
        bad: readings that a review calls bad, of the same dates in order.
        explain: True adds the readings used, those excluded by a review, and the definition.
    """
    own, previous = readings[str(month)], readings.get(str(month.previous()), ())
    figure = FIGURES[metric]
    used = [*previous, *own] if figure.needs_previous_month else own
    months = {str(month), str(month.previous())} if figure.needs_previous_month else {str(month)}
    excluded = [reading for reading in bad if reading.date[:7] in months]
    with_neighbours = [reading for group in readings.values() for reading in group]
    if bad:
        with_neighbours = sorted([*with_neighbours, *bad])
    dates = {reading.date for reading in (*used, *excluded)}
    verdicts = flags.evaluate(with_neighbours, dataset.limits, dates)
    computed = figure.compute(own, previous)
    members = {
        "dataset": dataset.name,
        "metric": metric,
        "year": month.year,
        "month": month.month,
        "value": computed.value,
        "unit": dataset.unit,
        "coverage": asdict(monthly.compute_coverage(own)),
        "flags": flags.list_flags_by_date(used, verdicts),
        **reviewed_members(sorted([*used, *excluded])),
    }
    if figure.needs_previous_month:
        members |= comparability_members(dataset.complete, month, own, previous)
    if computed.reason:
        members["reason"] = computed.reason
    if explain:
        members["definition"] = {"version": figure.version, "text": figure.definition}
        members["rows"] = [reading_members(reading, verdicts[reading.date]) for reading in used]
        if excluded:
            members["excluded"] = [
                reading_members(reading, verdicts[reading.date]) for reading in excluded
            ]
    return members


def month_members(readings: Sequence[Version]) -> list[dict[str, Any]]:
    """Return every month with readings and its coverage, in order."""
    return [
        {
            "year": int(month[:4]),
            "month": int(month[5:]),
            "coverage": asdict(monthly.compute_coverage(own)),
        }
        for month, own in sorted(monthly.group_by_month(readings).items())
    ]
