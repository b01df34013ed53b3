"""Random histories of a bucket, and the readings expected after each: a test oracle.

The oracle shares no code with the reader or the table: it generates the rows itself.
"""

import hashlib
import random
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tests.fakes.s3 import Entry, FakeS3
from tests.support import HEADER

DAYS = ["2022-11-29", "2022-12-01", "2022-12-07", "2022-12-31", "2023-01-01", "2023-01-10"]
DEVIATIONS = ["0.1", "0.5", "0.50", "0.5000000000000001", "0.70001", "0.6", "0.60", "0.7", "1.25"]
BAD_LINES = ["2022/13/1,15,0.1", "2022/12/7,,0.1", "2022/12/8,15,-1", "x", "2022/12/9,1,2,3"]
BAD_FILES = [b"", b"\x89PNG\0\0", b"2022/12/1,15,0.1\n", b"%PDF-1.4"]
UNKNOWN = "marmenor.unknown/"
KEYS = ["a.csv", "b.csv", "marmenor.temperature/c.csv", f"{UNKNOWN}d.csv"]
REVIEWS = "reviews/"
REVIEW_KEYS = [f"{REVIEWS}marmenor.temperature/r.csv", f"{REVIEWS}marmenor.temperature/s.csv"]
REVIEW_HEADERS = ["date,mean,verdict,comment", "fecha,media,veredicto,comentario"]
VERDICTS = {"good": "good", "Bueno": "good", "bad": "bad", "mala": "bad", "MALO": "bad"}
BAD_REVIEWS = ["2022-12-01,15.01,wrong,x", "2022-12-01,,bad,x", "x", "2022-13-01,15,bad,x"]
THRESHOLD = Decimal("0.5")

type Reading = tuple[str, str]
# Mean and verdict.
type Review = tuple[str, str]


@dataclass
class Action:
    """An upload to the bucket, or a deletion from it.

    Attributes:
        seconds: Time since the action before; often 0, since S3's clock has whole seconds.
        content: The uploaded file; None deletes the key.
        rows: (mean, deviation) by ISO date; empty for a file that is rejected.
        reviews: (mean, verdict) by ISO date, of a file of reviews.
    """

    key: str
    seconds: float
    content: bytes | None
    rows: dict[str, Reading] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)

    def perform(self, s3: FakeS3) -> Entry:
        s3.pass_time(self.seconds)
        return s3.delete(self.key) if self.content is None else s3.upload(self.key, self.content)


def random_history(chance: random.Random) -> list[Action]:
    """Return up to nine uploads, corrections, repetitions, reviews, bad files and deletions."""
    actions: list[Action] = []
    for _ in range(chance.randint(1, 9)):
        if chance.random() < 0.3:
            actions.append(_random_review(chance, actions))
            continue
        key = chance.choices(KEYS, [5, 3, 3, 1])[0]
        seconds = chance.choice([0, 0, 0.4, 1, 3600])
        uploads = [
            action for action in actions if action.content is not None and not action.reviews
        ]
        kind = chance.random()
        if kind < 0.2:
            actions.append(Action(key, seconds, None))
        elif kind < 0.3:
            actions.append(Action(key, seconds, chance.choice(BAD_FILES)))
        elif kind < 0.45 and uploads:
            repeated = chance.choice(uploads)
            actions.append(Action(key, seconds, repeated.content, repeated.rows))
        else:
            actions.append(Action(key, seconds, *_random_file(chance)))
    return actions


def _random_review(chance: random.Random, actions: list[Action]) -> Action:
    """Return a file of reviews, or its deletion; most lines name a value that some file has."""
    key, seconds = chance.choice(REVIEW_KEYS), chance.choice([0, 0, 0.4, 1, 3600])
    if chance.random() < 0.2:
        return Action(key, seconds, None)
    newest = {day: value for action in actions for day, value in action.rows.items()}
    values = [(day, mean) for day, (mean, _) in newest.items()]
    lines, reviews = [chance.choice(REVIEW_HEADERS)], {}
    for _ in range(chance.randint(1, 4)):
        day, mean = chance.choice(values) if values else (chance.choice(DAYS), "15.01")
        word = chance.choice(list(VERDICTS))
        lines.append(
            f"{day},{chance.choice([mean, mean, mean, f'{mean}0', '15.01'])},{word},a comment"
        )
        verdict = VERDICTS[word]
        # A date has one verdict in a file: that of its first line.
        if reviews.get(day, ("", verdict))[1] == verdict:
            reviews[day] = (lines[-1].split(",")[1], verdict)
        if chance.random() < 0.2:
            lines.append(chance.choice(BAD_REVIEWS))
    return Action(key, seconds, "\n".join(lines).encode(), reviews=reviews)


def _random_file(chance: random.Random) -> tuple[bytes, dict[str, Reading]]:
    lines, rows = [HEADER], {}
    for _ in range(chance.randint(0, 7)):
        if chance.random() < 0.15:
            lines.append(chance.choice(BAD_LINES))
            continue
        day = chance.choice(DAYS)
        mean = f"{chance.randint(5, 30)}.{chance.randrange(100)}1"
        deviation = chance.choice(DEVIATIONS)
        lines.append(f"{day.replace('-', '/')},{mean},{deviation}")
        rows[day] = (mean, deviation)
    return "\n".join(lines).encode(), rows


@dataclass(frozen=True)
class RecordedUpload:
    """An upload with its expected id, and the id of its deletion; "" if it is not deleted."""

    action: Action
    upload_id: str
    deletion_id: str


def recorded_uploads(actions: list[Action], ids: list[str]) -> list[RecordedUpload]:
    """Return the uploads among the actions, each with the first later deletion of its key."""
    uploads = []
    for index, action in enumerate(actions):
        if action.content is None:
            continue
        deletions = (
            ids[i] for i in range(index + 1, len(actions))
            if actions[i].key == action.key and actions[i].content is None
        )  # fmt: skip
        uploads.append(RecordedUpload(action, ids[index], next(deletions, "")))
    return uploads


def expected_readings(uploads: list[RecordedUpload], as_of: str = "~") -> dict[str, Reading]:
    """Return (mean, deviation) by date, as of an upload or deletion id; bad ones are left out."""
    verdicts = expected_verdicts(uploads, as_of)
    return {
        day: value
        for day, value in current_values(uploads, as_of).items()
        if verdicts.get(day) != "bad"
    }


def current_values(uploads: list[RecordedUpload], *until: str) -> dict[str, Reading]:
    """Return (mean, deviation) by date of the events up to each of the ids or times."""
    values: dict[str, Reading] = {}
    for upload in sorted(uploads, key=lambda upload: upload.upload_id):
        deleted = upload.deletion_id and _is_within(upload.deletion_id, *until)
        if _is_within(upload.upload_id, *until) and not deleted:
            values |= {} if upload.action.key.startswith(UNKNOWN) else upload.action.rows
    return dict(sorted(values.items()))


def expected_verdicts(uploads: list[RecordedUpload], as_of: str = "~") -> dict[str, str]:
    """Return the verdicts that apply by date, as of an upload or deletion id."""
    current = current_values(uploads, as_of)
    verdicts = {}
    for upload in sorted(uploads, key=lambda upload: upload.upload_id):
        deleted = upload.deletion_id and _is_within(upload.deletion_id, as_of)
        if not _is_within(upload.upload_id, as_of) or deleted:
            continue
        for day, (_, verdict) in upload.action.reviews.items():
            if day in current and _is_named(uploads, upload, day, current[day], as_of):
                verdicts[day] = verdict
    return verdicts


def names_current_value(uploads: list[RecordedUpload], upload: RecordedUpload, day: str) -> bool:
    """Return whether a review names the mean that its date has in its second."""
    value = current_values(uploads, upload.upload_id[:20]).get(day)
    return bool(value) and Decimal(value[0]) == Decimal(upload.action.reviews[day][0])


def _is_named(
    uploads: list[RecordedUpload], upload: RecordedUpload, day: str, value: Reading, as_of: str
) -> bool:
    """Return whether a review is of a value: its mean, with the deviation of the same second."""
    mean = Decimal(upload.action.reviews[day][0])
    same = [
        replace(other, action=replace(other.action, rows={day: other.action.rows[day]}))
        for other in uploads
        if day in other.action.rows and Decimal(other.action.rows[day][0]) == mean
    ]
    named = current_values(same, as_of, upload.upload_id[:20]).get(day)
    return Decimal(value[0]) == mean and (named is None or _equal(named, value))


def _is_within(event_id: str, *until: str) -> bool:
    return all(event_id[: len(limit)] <= limit for limit in until)


def _equal(one: Reading, other: Reading) -> bool:
    return all(Decimal(a) == Decimal(b) for a, b in zip(one, other, strict=True))


def expected_id(entry: Entry, entries: list[Entry]) -> str:
    """Return the id of an upload or deletion, computed independently of the code under test."""
    at = entry.at
    position = sum(
        other.key == entry.key and other.at == at for other in entries[: entries.index(entry)]
    )
    digest = hashlib.sha256(f"{entry.key}\0{entry.version_id}".encode()).hexdigest()[:12]
    return f"{at:%Y%m%dT%H%M%S}.000Z-{position:04d}-{digest}"
