"""Where figures become the JSON members an analyst gets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from aquasense import completeness, figures, flags
from aquasense.datasets import Dataset
from aquasense.definitions import FIGURES
from aquasense.effects import Impact
from aquasense.figures import Month
from aquasense.receipts import Receipt
from aquasense.versions import Version, current, upload_time

# What an upload without a reading changed.
NOTHING = Impact(0, 0, 0, 0, looks_wrong=0, flagged={}, scale=None, months=())


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
        self.available = available(current(versions, as_of))
        self.known_from = None
        said = f"there are no readings for {month}"
        if as_of is not None:
            said += " as of that moment"
            earliest = min((version.order for version in versions), default="")
            if earliest[: len(as_of)] > as_of:
                self.known_from = upload_time(earliest)
                said += f": nothing was known until {self.known_from}"
        super().__init__(said)


def available(readings: Sequence[Version]) -> dict[str, str] | None:
    """The first and the last month with readings, given all in order of date; None without any."""
    return {"first": readings[0].date[:7], "last": readings[-1].date[:7]} if readings else None


def figure(
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
        "coverage": asdict(figures.coverage(own)),
        "flags": flagged(used, verdicts),
    }
    if definition.needs_previous_month:
        answer |= comparability(dataset, month, own, previous)
    if found.reason:
        answer["reason"] = found.reason
    if explain:
        answer["definition"] = {"version": definition.version, "text": definition.definition}
        answer["rows"] = [row(reading, verdicts[reading.date]) for reading in used]
    return answer


def comparability(
    dataset: Dataset, month: Month, own: Sequence[Version], previous: Sequence[Version]
) -> dict[str, Any]:
    """Whether both months have enough readings for a change between them, and why if not."""
    reasons = [
        *completeness.shortcomings(month.previous(), previous, dataset.complete),
        *completeness.shortcomings(month, own, dataset.complete),
    ]
    return {"comparable": not reasons, "reasons": [asdict(one) for one in reasons]}


def flagged(
    readings: Iterable[Version], verdicts: Mapping[str, dict[str, str]]
) -> dict[str, list[str]]:
    """What looks wrong among the readings, by date."""
    shown = {one.date: flags.list_flags(verdicts[one.date]) for one in readings}
    return {day: found for day, found in shown.items() if found}


def row(reading: Version, verdicts: dict[str, str] | None = None) -> dict[str, Any]:
    """A reading, where it came from, and what the tests say of it if that is known."""
    judged = {"flags": flags.list_flags(verdicts), "tests": verdicts} if verdicts else {}
    return {"date": reading.date, **values(reading), **judged, **source(reading)}


def values(reading: Version) -> dict[str, Any]:
    """What a reading says, exactly."""
    return {"mean": Decimal(reading.mean), "deviation": Decimal(reading.deviation)}


def source(reading: Version) -> dict[str, Any]:
    """Where a reading came from."""
    return {
        "file": reading.file,
        "line": reading.line,
        "upload": reading.order,
        "uploaded_at": upload_time(reading.order),
    }


def months(readings: Sequence[Version]) -> list[dict[str, Any]]:
    """Every month with readings, in order, with its coverage."""
    return [
        {
            "year": int(month[:4]),
            "month": int(month[5:]),
            "coverage": asdict(figures.coverage(those)),
        }
        for month, those in sorted(figures.by_month(readings).items())
    ]


def outcome(found: Receipt) -> dict[str, Any]:
    """A receipt as JSON members, without what the upload changed."""
    answer = asdict(found)
    answer["rejections"] = [entry._asdict() for entry in found.rejections]
    answer["rejections_not_listed"] = found.rejected - len(found.rejections)
    return answer


def receipt(found: Receipt, effect: Impact | None) -> dict[str, Any]:
    """A receipt as JSON members, with what the upload changed where it is known.

    Args:
        found: what became of the upload.
        effect: what it changed; None where that is not known, or where it has no reading and so
            changed nothing.
    """
    answer = outcome(found)
    if effect is None and not found.accepted:
        effect = NOTHING
    if effect:
        answer |= asdict(effect)
    return answer
