"""Compute the impact of a file of reviews: the verdicts and figures that it changed.

Like that of readings (uploads.impact), it is the impact of the upload's arrival. A line that does
not name the current value of a reading is rejected; it is stored, because that may become the
current value when another file arrives late or is deleted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import InitVar, dataclass, field, replace
from itertools import groupby

from aquasense.csvfile.lines import Rejection
from aquasense.csvfile.reasons import Parameters
from aquasense.dates import Month
from aquasense.readings.reviews import Review
from aquasense.readings.versions import (
    Version,
    all_readings,
    find_reviewed,
    select_counting,
)
from aquasense.uploads.identity import parse_time_part
from aquasense.uploads.impact import NO_IMPACT, Impact
from aquasense.uploads.months import MonthComparison


@dataclass(slots=True)
class ReviewImpactBuilder:
    """Build the impact of a file of reviews from the versions of its dataset, year by year.

    Attributes:
        upload_id: of the file.
        reviews: of the dataset; those of other uploads are ignored.
    """

    upload_id: str
    reviews: InitVar[Iterable[Review]]
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    superseded: int = 0
    # Reviews of the upload whose versions are not added yet, by date.
    _own: dict[str, Review] = field(init=False)
    _rejections: list[Rejection] = field(default_factory=list)
    _months: MonthComparison = field(default_factory=MonthComparison)

    def __post_init__(self, reviews: Iterable[Review]) -> None:
        """Select the reviews of the upload."""
        self._own = {
            review.date: review for review in reviews if review.upload_id == self.upload_id
        }

    def add_year(self, versions: Sequence[Version]) -> None:
        """Add the next year.

        Args:
            versions: of all dates of one calendar year, from all uploads, by date.
        """
        # Uploads of the same moment count as earlier (versions.find_reviewed).
        as_of = parse_time_part(self.upload_id)
        before = all_readings(self._replace_own(versions, arrived=False), as_of)
        after = all_readings(self._replace_own(versions, arrived=True), as_of)
        previous = {reading.date: reading.review for reading in before}
        months = set()
        for day, group in groupby(versions, key=lambda version: version.date):
            if day not in self._own:
                continue
            own, of_date = self._own.pop(day), list(group)
            if rejection := check_review(own, of_date):
                self._rejections.append(rejection)
                continue
            months.add(Month.of(day))
            earlier = previous[day]
            self.new += earlier is None
            self.changed += earlier is not None and earlier.verdict != own.verdict
            self.unchanged += earlier is not None and earlier.verdict == own.verdict
            self.superseded += any(
                review.upload_id > self.upload_id and not review.deletion_id
                for review in of_date[0].reviews
            )
        self._months.add_year(months, select_counting(before), select_counting(after))

    def build(self) -> Impact:
        """Return the impact; call it after the last year."""
        rejections = [
            *self._rejections,
            *filter(None, (check_review(own, ()) for own in self._own.values())),
        ]
        return replace(
            NO_IMPACT,
            new=self.new,
            changed=self.changed,
            unchanged=self.unchanged,
            superseded=self.superseded,
            months=self._months.changes(),
            rejections=tuple(sorted(rejections)),
        )

    def _replace_own(self, versions: Iterable[Version], *, arrived: bool) -> list[Version]:
        """Return versions without the upload's reviews, or with them as not withdrawn yet."""
        return [
            version._replace(
                reviews=tuple(
                    review._replace(deletion_id="")
                    if review.upload_id == self.upload_id
                    else review
                    for review in version.reviews
                    if arrived or review.upload_id != self.upload_id
                )
            )
            if version.reviews
            else version
            for version in versions
        ]


def compute_review_impact(
    upload_id: str, reviews: Iterable[Review], versions: Iterable[Version]
) -> Impact:
    """Return the impact of a file of reviews.

    Args:
        upload_id: of the file.
        reviews: of the dataset; those of other uploads are ignored.
        versions: of all dates of the dataset, from all uploads.
    """
    builder = ReviewImpactBuilder(upload_id, reviews)
    for _, year in groupby(sorted(versions), key=lambda version: version.date[:4]):
        builder.add_year(list(year))
    return builder.build()


def check_review(review: Review, versions: Iterable[Version]) -> Rejection | None:
    """Return the rejection of a review that names no current value; None for the others.

    Args:
        review: of a date.
        versions: of the date.
    """
    reading = find_reviewed(review, versions)
    text = ",".join((review.date, review.mean, review.verdict, review.comment))
    parameters: Parameters = {"date": review.date}
    if reading is None:
        reason = f"there is no reading of {review.date}"
        return Rejection(review.line, text, "review_without_reading", reason, parameters)
    if review.names(reading.mean):
        return None
    reason = f"the reading of {review.date} has the mean {reading.mean}, not that of the line"
    parameters["mean"] = reading.mean
    return Rejection(review.line, text, "review_of_other_value", reason, parameters)
