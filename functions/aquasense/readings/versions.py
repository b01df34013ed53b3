"""Versions of a date, and the current reading that follows from them.

Every accepted row of a file is stored as a *version* of its date and never changed. A date has as
many versions as uploads have a row for it. Its *current reading* is the version with the greatest
upload id among those not withdrawn, and everything else (figures, flags, alerts, receipts) is
computed from current readings. An answer as of an earlier time is the same computation without the
uploads and deletions after that time. A reading that a review calls bad does not count.

Ids are explained in aquasense.uploads.identity: they sort by time.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from aquasense.readings.reviews import BAD, Review
from aquasense.uploads.identity import parse_time_part


class Version(NamedTuple):
    """The row of one upload for one date.

    Attributes:
        date: ISO 8601.
        upload_id: of the upload with the row.
        mean, deviation: decimal numbers, digit for digit as in the file; in the dataset's unit.
        line: number of the row's line in the file.
        file: the key of the file's object.
        deletion_id: of the deletion that withdrew the version; empty if there was none.
        partners: versions of the dates that share a value with a version of this date
            (readings.repeats), without line and file.
        reviews: all of the date; of a reading only the one that applies, if any.
    """

    date: str
    upload_id: str
    mean: str
    deviation: str
    line: int
    file: str
    deletion_id: str = ""
    partners: tuple["Version", ...] = ()
    reviews: tuple[Review, ...] = ()

    @property
    def review(self) -> Review | None:
        """Return the review of a reading; None if none applies."""
        return self.reviews[0] if self.reviews else None

    @property
    def is_bad(self) -> bool:
        """Return True for a reading that a review calls bad."""
        return bool(self.reviews) and self.reviews[0].verdict == BAD

    def event_ids(self) -> list[str]:
        """Return the ids of the uploads and deletions of the version and its reviews."""
        reviews = (id_ for r in self.reviews for id_ in (r.upload_id, r.deletion_id))
        return [self.upload_id, self.deletion_id, *reviews]

    def is_part_of(self, upload_id: str) -> bool:
        """Return True if the upload has the version or a review of its date."""
        return self.upload_id == upload_id or any(
            review.upload_id == upload_id for review in self.reviews
        )

    def same_values(self, other: "Version") -> bool:
        """Return True if mean and deviation are equal as numbers: '15' and '15.0' are."""
        return Decimal(self.mean) == Decimal(other.mean) and Decimal(self.deviation) == Decimal(
            other.deviation
        )


def current_readings(versions: Iterable[Version], as_of: str | None = None) -> list[Version]:
    """Return the reading of each date, in order of date, unless a review calls it bad.

    Args:
        versions: of the dates, in any order.
        as_of: an upload id or the beginning of one (times.parse_time): later uploads and deletions
            do not count. None is now.
    """
    return select_counting(all_readings(versions, as_of))


def all_readings(versions: Iterable[Version], as_of: str | None = None) -> list[Version]:
    """Return the current reading of each date, bad ones included; see current_readings().

    Each reading has the review that applies to it, or none.
    """
    versions = list(versions)
    newest = _select_newest(versions, as_of)
    readings = [newest[date] for date in sorted(newest)]
    if as_of is not None:
        readings = [
            reading._replace(partners=_list_until(reading.partners, as_of))
            if reading.partners
            else reading
            for reading in readings
        ]
    by_date: dict[str, list[Version]] = {}
    for version in versions:
        if version.reviews:
            by_date.setdefault(version.date, []).append(version)
    return [
        reading._replace(reviews=_find_review(reading, by_date[reading.date], as_of))
        if reading.reviews
        else reading
        for reading in readings
    ]


def select_counting(readings: Iterable[Version]) -> list[Version]:
    """Return the readings without bad ones."""
    return [reading for reading in readings if not reading.is_bad]


def find_reviewed(review: Review, versions: Iterable[Version]) -> Version | None:
    """Return the current reading of the date when the file of a review was uploaded.

    Uploads of the same moment count as earlier, because S3's clock has whole seconds.
    """
    return _select_newest(versions, parse_time_part(review.upload_id)).get(review.date)


def attach_reviews(versions: Iterable[Version], reviews: Iterable[Review] = ()) -> list[Version]:
    """Return versions that are in no table, each with all reviews of its date."""
    versions = list(versions)
    by_date: dict[str, dict[str, Review]] = {}
    for review in (*(r for version in versions for r in version.reviews), *reviews):
        by_date.setdefault(review.date, {})[review.upload_id] = review
    return [
        version._replace(reviews=tuple(by_date[version.date].values()))
        if version.date in by_date
        else version
        for version in versions
    ]


def without_reviews(versions: Iterable[Version]) -> list[Version]:
    """Return versions as if there were no review of any date."""
    return [
        version._replace(reviews=(), partners=tuple(without_reviews(version.partners)))
        if version.reviews or version.partners
        else version
        for version in versions
    ]


def _select_newest(versions: Iterable[Version], as_of: str | None) -> dict[str, Version]:
    """Return the version with the greatest upload id of each date among those not withdrawn."""
    newest: dict[str, Version] = {}
    for version in versions:
        if as_of is not None and version.upload_id[: len(as_of)] > as_of:
            continue
        if version.deletion_id and (as_of is None or version.deletion_id[: len(as_of)] <= as_of):
            continue
        candidate = newest.get(version.date)
        if candidate is None or version.upload_id > candidate.upload_id:
            newest[version.date] = version
    return newest


def _find_review(
    reading: Version, versions: Sequence[Version], as_of: str | None
) -> tuple[Review, ...]:
    """Return the newest review of a reading's value, if there is one.

    Args:
        reading: current reading of a date.
        versions: all of the date.
        as_of: see current_readings().
    """
    visible = versions if as_of is None else _list_until(versions, as_of)
    for review in sorted(visible[0].reviews, key=lambda review: review.upload_id, reverse=True):
        if not review.deletion_id and review.names(reading.mean):
            # The line names the mean only; the deviation is that of the version it was read from.
            reviewed = find_reviewed(review, (v for v in visible if review.names(v.mean)))
            if reviewed is None or reviewed.same_values(reading):
                return (review,)
    return ()


def _list_until(versions: Iterable[Version], as_of: str) -> tuple[Version, ...]:
    """Return the versions and their reviews without the uploads and deletions after a time."""
    return tuple(
        _keep_until(version, as_of)._replace(
            reviews=tuple(
                _keep_until(review, as_of)
                for review in version.reviews
                if review.upload_id[: len(as_of)] <= as_of
            )
        )
        for version in versions
        if version.upload_id[: len(as_of)] <= as_of
    )


def _keep_until[T: (Version, Review)](event: T, as_of: str) -> T:
    return event._replace(deletion_id="") if event.deletion_id[: len(as_of)] > as_of else event
