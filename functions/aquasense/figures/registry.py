"""The registry of monthly figures. Routes, columns, schemas, receipts and the page follow from it.

Adding a figure is an entry of FIGURES and its function (docs/changing.md).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from aquasense.dates import Month
from aquasense.figures.monthly import (
    FigureValue,
    change_of_maximum,
    greatest_deviation,
    monthly_mean,
)
from aquasense.readings.versions import Version
from aquasense.text import Text

type Compute = Callable[[Sequence[Version], Sequence[Version]], FigureValue]


@dataclass(frozen=True, slots=True)
class Figure:
    """A monthly figure.

    Attributes:
        name: of its route, its JSON member and its CSV column.
        compute: function of a month's current readings (at least one, in order of date) and of
            those of the previous calendar month.
        title: label on the page.
        short_title: label in narrow places of the page.
        summary: one sentence on the page and in the OpenAPI document.
        definition: the exact meaning, in answers.
        version: of the definition; changes whenever the meaning does.
        needs_previous_month: True if compute uses the previous month. Such a figure is a signed
            change, and comparable only if both months are complete.
        compared_with_threshold: True if people compare it with the alert threshold: rounding must
            not make the two look equal.
        cell_methods: after CF, for values of the measured quantity itself.
    """

    name: str
    compute: Compute
    title: Text
    short_title: Text
    summary: Text
    definition: str
    version: str = "1"
    needs_previous_month: bool = False
    compared_with_threshold: bool = False
    cell_methods: str = ""


FIGURES = {
    figure.name: figure
    for figure in (
        Figure(
            "temp",
            monthly_mean,
            title=Text(es="Media", en="Mean"),
            short_title=Text(es="Media", en="Mean"),
            summary=Text(es="Media de las medias del mes.", en="Mean of the month's means."),
            definition="Arithmetic mean of the means of the month's readings: the exact sum "
            "divided once by their number, given as the nearest double-precision number.",
            cell_methods="area: mean time: mean",
        ),
        Figure(
            "sd",
            greatest_deviation,
            title=Text(es="Desviación máxima", en="Greatest deviation"),
            short_title=Text(es="Desv.", en="Dev."),
            summary=Text(es="Mayor desviación del mes.", en="Greatest deviation of the month."),
            definition="Maximum of the deviations of the month's readings, with every digit of "
            "the file.",
            compared_with_threshold=True,
            cell_methods="area: standard_deviation time: maximum",
        ),
        Figure(
            "maxdiff",
            change_of_maximum,
            title=Text(es="Cambio del máximo", en="Change of maximum"),
            short_title=Text(es="Cambio", en="Change"),
            summary=Text(
                es="Media más alta del mes menos la del mes anterior.",
                en="Highest mean of the month minus that of the month before.",
            ),
            definition="Maximum of the means of the month's readings minus that of the previous "
            "calendar month's, signed: the difference of the double-precision numbers nearest to "
            "them; null where the previous month has no reading.",
            needs_previous_month=True,
        ),
    )
}


def compute_figures(
    readings: Sequence[Version], previous: Sequence[Version]
) -> dict[str, FigureValue]:
    """Return every figure of a month by its name.

    Args:
        readings: the month's current readings in order of date; at least one.
        previous: those of the previous calendar month.
    """
    return {name: figure.compute(readings, previous) for name, figure in FIGURES.items()}


def summarize_month(
    month: Month, readings_by_month: Mapping[str, Sequence[Version]]
) -> dict[str, Decimal | int | None] | None:
    """Return the number of readings and every figure of a month; None without readings.

    Args:
        month: calendar month.
        readings_by_month: current readings in order of date, by month ('2022-12'); those of the
            previous month included.
    """
    readings = readings_by_month.get(str(month))
    if not readings:
        return None
    figures = compute_figures(readings, readings_by_month.get(str(month.previous()), ()))
    return {"readings": len(readings), **{name: figure.value for name, figure in figures.items()}}
