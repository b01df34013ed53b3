"""What the figures mean, in words, each with a version that changes whenever the meaning does."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure's meaning."""

    figure: str
    version: str
    text: str


DEFINITIONS = {
    definition.figure: definition
    for definition in (
        Definition(
            "temp",
            "1",
            "Arithmetic mean of the means of the month's readings: the exact sum divided once by "
            "their number, given as the nearest double-precision number.",
        ),
        Definition(
            "sd",
            "1",
            "Maximum of the deviations of the month's readings, with every digit of the file.",
        ),
        Definition(
            "maxdiff",
            "1",
            "Maximum of the means of the month's readings minus that of the previous calendar "
            "month's, signed: the difference of the double-precision numbers nearest to them; null "
            "where the previous month has no reading.",
        ),
    )
}
