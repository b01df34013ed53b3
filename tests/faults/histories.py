"""Random histories of a bucket, and the readings expected after each: a test oracle.

The oracle shares no code with the reader or the table: it generates the rows itself.
"""

import hashlib
import random
from dataclasses import dataclass, field
from decimal import Decimal

from tests.fakes.s3 import Entry, FakeS3
from tests.support import HEADER

DAYS = ["2022-11-29", "2022-12-01", "2022-12-07", "2022-12-31", "2023-01-01", "2023-01-10"]
DEVIATIONS = ["0.1", "0.5", "0.50", "0.5000000000000001", "0.6", "0.60", "0.7", "1.25"]
BAD_LINES = ["2022/13/1,15,0.1", "2022/12/7,,0.1", "2022/12/8,15,-1", "x", "2022/12/9,1,2,3"]
BAD_FILES = [b"", b"\x89PNG\0\0", b"2022/12/1,15,0.1\n", b"%PDF-1.4"]
UNKNOWN = "marmenor.unknown/"
KEYS = ["a.csv", "b.csv", "marmenor.temperature/c.csv", f"{UNKNOWN}d.csv"]
THRESHOLD = Decimal("0.5")

type Reading = tuple[str, str]


@dataclass
class Action:
    """An upload to the bucket, or a deletion from it.

    Attributes:
        seconds: Time since the action before; often 0, since S3's clock has whole seconds.
        content: The uploaded file; None deletes the key.
        rows: (mean, deviation) by ISO date; empty for a file that is rejected.
    """

    key: str
    seconds: float
    content: bytes | None
    rows: dict[str, Reading] = field(default_factory=dict)

    def perform(self, s3: FakeS3) -> Entry:
        s3.pass_time(self.seconds)
        return s3.delete(self.key) if self.content is None else s3.upload(self.key, self.content)


def random_history(chance: random.Random) -> list[Action]:
    """Return up to seven uploads, corrections, repetitions, rejected files and deletions."""
    actions: list[Action] = []
    for _ in range(chance.randint(1, 7)):
        key = chance.choices(KEYS, [5, 3, 3, 1])[0]
        seconds = chance.choice([0, 0, 0.4, 1, 3600])
        uploads = [action for action in actions if action.content is not None]
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
    """Return (mean, deviation) by date, as of an upload or deletion id."""
    values: dict[str, Reading] = {}
    for upload in sorted(uploads, key=lambda upload: upload.upload_id):
        deleted = upload.deletion_id and upload.deletion_id <= as_of
        if upload.upload_id <= as_of and not deleted:
            values |= {} if upload.action.key.startswith(UNKNOWN) else upload.action.rows
    return dict(sorted(values.items()))


def expected_id(entry: Entry, entries: list[Entry]) -> str:
    """Return the id of an upload or deletion, computed independently of the code under test."""
    at = entry.at
    position = sum(
        other.key == entry.key and other.at == at for other in entries[: entries.index(entry)]
    )
    digest = hashlib.sha256(f"{entry.key}\0{entry.version_id}".encode()).hexdigest()[:12]
    return f"{at:%Y%m%dT%H%M%S}.000Z-{position:04d}-{digest}"
