"""The JSON members of figures and months."""

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
    """The month has no readings, or had none as of the requested time.

    Attributes:
        available: first and last month with readings, None without any.
        known_from: time of the first upload, if the requested time is before it.
    """

    def __init__(self, month: Month, versions: Sequence[Version], as_of: str | None = None) -> None:
        """Describe the months with readings.

        Args:
            month: without readings.
            versions: of all dates of the dataset.
            as_of: beginning of an upload id, see current_readings().
        """
        self.available = available_months(current_readings(versions, as_of))
        self.known_from = None
        detail = f"there are no readings for {month}"
        if as_of is not None:
            detail += " as of that moment"
            earliest = min((version.upload_id for version in versions), default="")
            if earliest[: len(as_of)] > as_of:
                self.known_from = parse_upload_time(earliest)
                detail += f": nothing was known until {self.known_from}"
        super().__init__(detail)


def available_months(readings: Sequence[Version]) -> dict[str, str] | None:
    """Return the first and the last month of readings in order of date; None without any."""
    return {"first": readings[0].date[:7], "last": readings[-1].date[:7]} if readings else None


def figure_members(
    dataset: Dataset,
    metric: str,
    month: Month,
    readings: Mapping[str, Sequence[Version]],
    *,
    explain: bool = False,
) -> dict[str, Any]:
    """Return the members of one figure of one month.

    Args:
        dataset: of the readings.
        metric: name of one of the FIGURES.
        month: with at least one reading.
        readings: by month, in order of date: those of the month, of the previous month where the
            figure needs them, and the neighbours that the tests need (flags.required_range()).
        explain: whether to add the rows used and the figure's definition.
    """
    own, previous = readings[str(month)], readings.get(str(month.previous()), ())
    definition = FIGURES[metric]
    used = [*previous, *own] if definition.needs_previous_month else own
    series = [reading for month_readings in readings.values() for reading in month_readings]
    verdicts = flags.evaluate(series, dataset.limits, {reading.date for reading in used})
    computed = definition.compute(own, previous)
    members = {
        "dataset": dataset.name,
        "metric": metric,
        "year": month.year,
        "month": month.month,
        "value": computed.value,
        "unit": dataset.unit,
        "coverage": asdict(monthly.compute_coverage(own)),
        "flags": list_flags_by_date(used, verdicts),
    }
    if definition.needs_previous_month:
        members |= comparability_members(dataset.complete, month, own, previous)
    if computed.reason:
        members["reason"] = computed.reason
    if explain:
        members["definition"] = {"version": definition.version, "text": definition.definition}
        members["rows"] = [reading_members(reading, verdicts[reading.date]) for reading in used]
    return members


def month_members(readings: Sequence[Version]) -> list[dict[str, Any]]:
    """Return every month with readings, in order, with its coverage."""
    return [
        {
            "year": int(month[:4]),
            "month": int(month[5:]),
            "coverage": asdict(monthly.compute_coverage(month_readings)),
        }
        for month, month_readings in sorted(monthly.group_by_month(readings).items())
    ]
