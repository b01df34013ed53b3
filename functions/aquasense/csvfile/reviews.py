"""Parse a CSV file of reviews: a date, the mean that its reading has, a verdict and a comment."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from aquasense.csvfile.dates import parse_date
from aquasense.csvfile.decode import UnreadableFile
from aquasense.csvfile.fields import (
    InvalidField,
    parse_number,
    split_fields,
    split_line,
    truncate_text,
)
from aquasense.csvfile.header import (
    COLUMNS,
    DELIMITERS,
    SHOWN_HEADER,
    find_column,
    find_names,
)
from aquasense.csvfile.lines import Rejection, ReviewRow, Row
from aquasense.csvfile.scan import Scan
from aquasense.datasets import Dataset
from aquasense.readings.reviews import BAD, GOOD

VERDICTS = {"good": GOOD, "bueno": GOOD, "buena": GOOD, "bad": BAD, "malo": BAD, "mala": BAD}
# Names of the columns besides date and mean.
REVIEW_COLUMNS = {
    "verdict": ("Veredicto", "Verdict"),
    "comment": ("Comentario", "Comentarios", "Comment", "Comments"),
}
COMMENT_LENGTH = 500


class ReviewParser:
    """Parse the lines of a file of reviews.

    Args:
        delimiter: character between two fields.
        width: number of fields.
        indexes: of the fields by column; a file without comments has no such column.
    """

    def __init__(self, delimiter: str, width: int, indexes: dict[str, int]) -> None:
        self._delimiter = delimiter
        self._width = width
        self._indexes = indexes

    def parse_line(self, number: int, line: str) -> ReviewRow | Rejection:
        """Parse one line."""
        try:
            fields = split_line(line, self._delimiter, self._width)
            date = parse_date(fields[self._indexes["date"]])
            mean = parse_number(fields[self._indexes["mean"]], "mean")
            verdict = parse_verdict(fields[self._indexes["verdict"]])
            comment = fields[self._indexes["comment"]] if "comment" in self._indexes else ""
            if len(comment) > COMMENT_LENGTH:
                raise InvalidField(
                    "comment_too_long",
                    "the comment has more than {limit} characters",
                    limit=COMMENT_LENGTH,
                )
        except InvalidField as error:
            text = truncate_text(line)
            return Rejection(number, text, error.code, error.reason, error.parameters)
        return ReviewRow(number, date.iso, mean, verdict, comment, date.day_first)

    def parse_block(self, numbers: Iterator[int], text: str) -> Iterator[tuple[int, str, None]]:
        """Yield number and line of each line of a block; each needs parse_line()."""
        for line, number in zip(text.split("\n"), numbers, strict=False):
            yield number, line, None


@dataclass(slots=True)
class ReviewScan(Scan):
    """Counts, first rejections and the last line of each date of a file of reviews.

    A date has one verdict in a file: a later line with another one is rejected.
    """

    _verdicts: dict[str, str] = field(default_factory=dict)

    def add(self, parsed: Row | ReviewRow | Rejection) -> None:
        """Count one parsed line."""
        if isinstance(parsed, ReviewRow):
            verdict = self._verdicts.setdefault(parsed.date, parsed.verdict)
            if verdict != parsed.verdict:
                parsed = _reject_contradiction(parsed)
        # Not super(): the class that slots=True returns is another one.
        Scan.add(self, parsed)


def _reject_contradiction(row: ReviewRow) -> Rejection:
    reason = f"an earlier line has another verdict for {row.date}"
    text = truncate_text(",".join((row.date, row.mean, row.verdict, row.comment)))
    return Rejection(row.line, text, "contradicting_review", reason, {"date": row.date})


def parse_verdict(text: str) -> str:
    """Return GOOD or BAD.

    Raises:
        InvalidField: missing, or another word.
    """
    if not text:
        raise InvalidField("missing_value", "the {column} is missing", column="verdict")
    try:
        return VERDICTS[text.casefold()]
    except KeyError:
        raise InvalidField(
            "unknown_verdict", "the verdict must be one of {names}", names=", ".join(VERDICTS)
        ) from None


def parse_review_header(header: str, dataset: Dataset | None) -> ReviewParser | None:
    """Return the parser for the lines below a header, or None if it is not a header of reviews."""
    for delimiter in DELIMITERS:
        try:
            names = split_fields(header, delimiter)
        except InvalidField:
            continue
        columns = {column: find_column(names, column, dataset)[0] for column in ("date", "mean")}
        columns |= {column: find_names(names, texts) for column, texts in REVIEW_COLUMNS.items()}
        counts = [len(columns[column]) for column in ("date", "mean", "verdict")]
        if counts == [1, 1, 1] and len(columns["comment"]) <= 1:
            indexes = {column: found[0] for column, found in columns.items() if found}
            return ReviewParser(delimiter, len(names), indexes)
    return None


def reject_review_header(header: str) -> UnreadableFile:
    """Return the rejection of a file of reviews whose first line is not their header."""
    columns = {"date": COLUMNS["date"], "mean": COLUMNS["mean"], **REVIEW_COLUMNS}
    error = UnreadableFile(
        "no_review_header",
        "the first line must be the header date,mean,verdict,comment or have other names of the "
        "columns (date: {date}; mean: {mean}; verdict: {verdict}; comment: {comment})",
        **{column: ", ".join(names) for column, names in columns.items()},
    )
    error.full_reason = f"{error.reason}; it is {truncate_text(header, SHOWN_HEADER)!r}"
    return error
