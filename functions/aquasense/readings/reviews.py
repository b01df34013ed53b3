"""Reviews: a person settles the value of a reading.

A review is a line of a file in the folder `reviews`, and is stored like a version: immutable, by
date and upload id, with a deletion. It binds to the value that it names: another value voids it,
the same value restores it. Whether it holds follows from the current value when it is read, so that
late events cannot matter.
"""

from decimal import Decimal
from typing import NamedTuple

# Flags of a good reading raise no doubt; a bad reading does not count.
GOOD, BAD = "good", "bad"


class Review(NamedTuple):
    """The verdict of one upload on one date.

    Attributes:
        date: ISO 8601.
        upload_id: of the upload with the review.
        mean: of the reading, as the file names it.
        verdict: GOOD or BAD.
        comment: public; may be empty.
        line: number of the line in the file.
        file: the key of the file's object.
        deletion_id: of the deletion that withdrew the review; empty if there was none.
    """

    date: str
    upload_id: str
    mean: str
    verdict: str
    comment: str = ""
    line: int = 0
    file: str = ""
    deletion_id: str = ""

    def names(self, mean: str) -> bool:
        """Return True if the review names this mean, compared as a number."""
        return Decimal(self.mean) == Decimal(mean)
