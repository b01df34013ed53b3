"""Note what is no fault of an upload but worth a look. Notes are no flags: they raise no doubt.

They follow from the versions of the dataset, as the impact does, and from the file's notation.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from aquasense.csvfile.reasons import Parameters, parse_parameters
from aquasense.readings.versions import Version

# Days between a date and those it may be a typing error of.
BESIDE = 2
YEAR = 366
# A year typed wrong, and the greatest usual distance between two readings.
_YEAR_BEFORE = range(365 - 35, YEAR + 35 + 1)

# The sentence of each code in English, for one and for more.
SENTENCES = {
    "date_beside": (
        "{date} is one or two days beside {other}, which has a reading already",
        "{count} dates are one or two days beside others that have a reading already: first "
        "{date}, beside {other}",
    ),
    "date_far_ahead": (
        "{date} is more than a year later than the date before it, {other}",
        "{count} dates are more than a year later than those before: first {date}, after {other}",
    ),
    "year_before": (
        "{date} (line {line}) is a year before its neighbours in the file",
        "{count} dates are a year before their neighbours in the file: first {date} (line {line})",
    ),
    "order_jumps": (
        "the order of the dates jumps once, at {date} (line {line})",
        "the order of the dates jumps {count} times: first at {date} (line {line})",
    ),
    "dates_left_out": (
        "1 date of the earlier {file} is not in this one and still counts: {date}. To take it "
        "out, delete {file} and upload this one again",
        "{count} dates of the earlier {file} are not in this one and still count: {date} to "
        "{last}. To take them out, delete {file} and upload this one again",
    ),
    "review_lapsed": (
        "the review of {date} lapsed, because this file changed the value",
        "{count} reviews lapsed, because this file changed the values: {date} to {last}",
    ),
    "decimal_points": (
        "1 number has a decimal point (line {line}), others have decimal commas",
        "{count} numbers have decimal points (first in line {line}), others have decimal commas",
    ),
}


class Note(NamedTuple):
    """A note by its code, with numbers and dates, which are public."""

    code: str
    parameters: Parameters

    def describe(self, file: str) -> str:
        """Return the sentence of the note on a file."""
        one, more = SENTENCES[self.code]
        sentence = one if self.parameters["count"] == 1 else more
        return sentence.format(file=file, **self.parameters)


def parse_note(members: Mapping[str, Any]) -> Note:
    """Return a stored note."""
    return Note(members["code"], parse_parameters(members))


@dataclass(slots=True)
class NoteBuilder:
    """Build the notes of one upload from the versions of its dataset, year by year.

    It holds one number for each date.
    """

    upload_id: str
    file: str
    # Days of the readings before the upload; days and lines of the upload.
    _before: array[int] = field(default_factory=lambda: array("l"))
    _days: array[int] = field(default_factory=lambda: array("l"))
    _lines: array[int] = field(default_factory=lambda: array("l"))
    # The upload of the same file before, and its dates that count and are not in the upload.
    _previous: str = ""
    _left_out: array[int] = field(default_factory=lambda: array("l"))
    _lapsed: array[int] = field(default_factory=lambda: array("l"))

    def add_year(
        self, earlier: Iterable[Version], own: Iterable[Version], before: Iterable[Version]
    ) -> None:
        """Add the next year: versions of earlier uploads and of this one, and current readings.

        The current readings are those before the upload.
        """
        before = list(before)
        days = {version.date: _day(version) for version in own}
        self._before.extend(map(_day, before))
        self._days.extend(days.values())
        self._lines.extend(version.line for version in own)
        uploads = [
            version.upload_id
            for version in earlier
            if version.file == self.file and not "" < version.deletion_id <= self.upload_id
        ]
        if uploads and (previous := max(uploads)) > self._previous:
            self._previous, self._left_out = previous, array("l")
        self._left_out.extend(
            _day(reading)
            for reading in before
            if reading.upload_id == self._previous and reading.date not in days
        )

    def add_lapsed(self, before: Iterable[Version], after: Iterable[Version]) -> None:
        """Add dates reviewed before the upload and not after it, from readings with bad ones."""
        reviewed = {reading.date for reading in before if reading.review}
        self._lapsed.extend(
            _day(reading) for reading in after if reading.date in reviewed and not reading.review
        )

    def build(self) -> list[Note]:
        """Return the notes; call it after the last year."""
        return [*self._compare_history(), *self._compare_lines(), *self._compare_file()]

    def _compare_history(self) -> Iterator[Note]:
        before = self._before
        if not before:
            return
        new = sorted(set(self._days).difference(before))
        gaps = [later - earlier for earlier, later in pairwise(before)]
        # In a series of every day or two, such a distance is usual.
        if 2 * sum(gap <= BESIDE for gap in gaps) <= len(gaps):
            beside = [(day, other) for day in new if (other := _find_beside(before, day))]
            if beside:
                yield _note("date_beside", len(beside), *beside[0])
        newest = before[-1]
        ahead = [newest, *(day for day in new if day > newest)]
        jumps = [(day, other) for other, day in pairwise(ahead) if day - other > YEAR]
        if jumps:
            yield _note("date_far_ahead", len(jumps), *jumps[0])

    def _compare_lines(self) -> Iterator[Note]:
        order = sorted(range(len(self._lines)), key=self._lines.__getitem__)
        days = [self._days[i] for i in order]
        wrong = [i for i in range(len(days)) if _is_year_before(days, i)]
        if wrong:
            line = self._lines[order[wrong[0]]]
            yield _note("year_before", len(wrong), days[wrong[0]], line=line)
        kept = sorted(set(range(len(days))).difference(wrong))
        falls = [i for before, i in pairwise(kept) if days[i] < days[before]]
        rises = [i for before, i in pairwise(kept) if days[i] > days[before]]
        jumps = min(falls, rises, key=len)
        if jumps and len(kept) > 2:
            line = self._lines[order[jumps[0]]]
            yield _note("order_jumps", len(jumps), days[jumps[0]], line=line)

    def _compare_file(self) -> Iterator[Note]:
        if days := self._left_out:
            yield _note("dates_left_out", len(days), days[0], last=_format_day(days[-1]))
        if days := self._lapsed:
            yield _note("review_lapsed", len(days), days[0], last=_format_day(days[-1]))


def _note(code: str, count: int, day: int, other: int = 0, **parameters: int | str) -> Note:
    if other:
        parameters["other"] = _format_day(other)
    return Note(code, {"count": count, "date": _format_day(day), **parameters})


def _find_beside(days: Sequence[int], day: int) -> int:
    """Return the nearest of the sorted days, if it is at most BESIDE away; 0 otherwise."""
    i = bisect_left(days, day)
    nearest = min(days[max(i - 1, 0) : i + 1], key=lambda other: abs(other - day))
    return nearest if abs(nearest - day) <= BESIDE else 0


def _is_year_before(days: Sequence[int], i: int) -> bool:
    """Return whether both neighbours, at an end the next two, are about a year later."""
    if len(days) < 3:
        return False
    start = min(max(i - 1, 0), len(days) - 3)
    return all(
        days[other] - days[i] in _YEAR_BEFORE for other in range(start, start + 3) if other != i
    )


def _day(version: Version) -> int:
    return date.fromisoformat(version.date).toordinal()


def _format_day(day: int) -> str:
    return date.fromordinal(day).isoformat()
