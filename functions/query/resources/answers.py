"""Where figures become the JSON members an analyst gets."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from aquasense.datasets import Dataset
from aquasense.dates import Month
from aquasense.figures import monthly
from aquasense.figures.completeness import comparability_members
from aquasense.figures.registry import FIGURES
from aquasense.quality import flags
from aquasense.quality.flags import list_flags_by_date
from aquasense.readings.members import reading_members
from aquasense.readings.versions import Version, current_readings
from aquasense.uploads.identity import parse_upload_time


class NoReadings(LookupError):
    """The month has no readings, or had none at the moment asked about.

    Attributes:
        available: first and last month that have, or had; None where none has.
        known_from: where nothing at all was known at that moment, when the first file came.
    """

    def __init__(self, month: Month, versions: Sequence[Version], as_of: str | None = None) -> None:
        """Say what there is instead.

        Args:
            month: it is about.
            versions: of all the dataset's dates.
            as_of: a place in the order, see current().
        """
        self.available = available_months(current_readings(versions, as_of))
        self.known_from = None
        said = f"there are no readings for {month}"
        if as_of is not None:
            said += " as of that moment"
            earliest = min((version.upload_id for version in versions), default="")
            if earliest[: len(as_of)] > as_of:
                self.known_from = parse_upload_time(earliest)
                said += f": nothing was known until {self.known_from}"
        super().__init__(said)


def available_months(readings: Sequence[Version]) -> dict[str, str] | None:
    """The first and the last month with readings, given all in order of date; None without any."""
    return {"first": readings[0].date[:7], "last": readings[-1].date[:7]} if readings else None


def figure_members(
    dataset: Dataset,
    metric: str,
    month: Month,
    readings: Mapping[str, Sequence[Version]],
    *,
    explain: bool = False,
) -> dict[str, Any]:
    """The answer about one figure of one month.

    Args:
        dataset: the series.
        metric: name of one of the FIGURES.
        month: the month asked for; it has at least one reading.
        readings: by month, in order: its own, those of the month before where the figure needs
            them, and those around them that the tests need (see flags.required_range()).
        explain: whether to add the rows used and the figure's definition.
    """
    own, previous = readings[str(month)], readings.get(str(month.previous()), ())
    definition = FIGURES[metric]
    used = [*previous, *own] if definition.needs_previous_month else own
    around = [one for those in readings.values() for one in those]
    verdicts = flags.evaluate(around, dataset.limits, {one.date for one in used})
    found = definition.compute(own, previous)
    answer = {
        "dataset": dataset.name,
        "metric": metric,
        "year": month.year,
        "month": month.month,
        "value": found.value,
        "unit": dataset.unit,
        "coverage": asdict(monthly.compute_coverage(own)),
        "flags": list_flags_by_date(used, verdicts),
    }
    if definition.needs_previous_month:
        answer |= comparability_members(dataset.complete, month, own, previous)
    if found.reason:
        answer["reason"] = found.reason
    if explain:
        answer["definition"] = {"version": definition.version, "text": definition.definition}
        answer["rows"] = [reading_members(reading, verdicts[reading.date]) for reading in used]
    return answer


def month_members(readings: Sequence[Version]) -> list[dict[str, Any]]:
    """Every month with readings, in order, with its coverage."""
    return [
        {
            "year": int(month[:4]),
            "month": int(month[5:]),
            "coverage": asdict(monthly.compute_coverage(those)),
        }
        for month, those in sorted(monthly.group_by_month(readings).items())
    ]
