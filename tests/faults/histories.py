"""Made-up histories of a bucket, and what the system should know after each: an oracle of its own.

The oracle shares nothing with the reader or the table. It knows the rows because it made them.
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
class Act:
    """Something somebody did to the bucket.

    Attributes:
        seconds: that passed before it; often none, as S3's clock has whole seconds.
        content: of the upload; None deletes the key.
        rows: what the content says, by ISO date; empty where it cannot be read.
    """

    key: str
    seconds: float
    content: bytes | None
    rows: dict[str, Reading] = field(default_factory=dict)

    def do(self, s3: FakeS3) -> Entry:
        s3.pass_time(self.seconds)
        return s3.delete(self.key) if self.content is None else s3.upload(self.key, self.content)


def history(chance: random.Random, most: int = 7) -> list[Act]:
    """Uploads, corrections, the same again, other names, bad files and deletions, at random."""
    acts: list[Act] = []
    for _ in range(chance.randint(1, most)):
        key = chance.choices(KEYS, [5, 3, 3, 1])[0]
        seconds = chance.choice([0, 0, 0.4, 1, 3600])
        uploads = [act for act in acts if act.content is not None]
        what = chance.random()
        if what < 0.2:
            acts.append(Act(key, seconds, None))
        elif what < 0.3:
            acts.append(Act(key, seconds, chance.choice(BAD_FILES)))
        elif what < 0.45 and uploads:
            again = chance.choice(uploads)
            acts.append(Act(key, seconds, again.content, again.rows))
        else:
            acts.append(Act(key, seconds, *_file(chance)))
    return acts


def _file(chance: random.Random) -> tuple[bytes, dict[str, Reading]]:
    lines, rows = [HEADER], {}
    for _ in range(chance.randint(0, 7)):
        if chance.random() < 0.15:
            lines.append(chance.choice(BAD_LINES))
            continue
        day = chance.choice(DAYS)
        mean, deviation = f"{chance.randint(5, 30)}.{chance.randrange(100)}1", "0"
        deviation = chance.choice(DEVIATIONS)
        lines.append(f"{day.replace('-', '/')},{mean},{deviation}")
        rows[day] = (mean, deviation)
    return "\n".join(lines).encode(), rows


@dataclass(frozen=True)
class Told:
    """An act with the place in the order that the system has to give it."""

    act: Act
    order: str
    withdrawn: str


def places(acts: list[Act], ids: list[str]) -> list[Told]:
    """Every upload with its order and, where its key was deleted later, the order of that."""
    found = []
    for index, act in enumerate(acts):
        if act.content is None:
            continue
        later = (
            ids[i] for i in range(index + 1, len(acts))
            if acts[i].key == act.key and acts[i].content is None
        )  # fmt: skip
        found.append(Told(act, ids[index], next(later, "")))
    return found


def in_force(told: list[Told], as_of: str = "~") -> dict[str, Reading]:
    """The value of each date at a place in the order."""
    values: dict[str, Reading] = {}
    for one in sorted(told, key=lambda one: one.order):
        gone = one.withdrawn and one.withdrawn <= as_of
        if one.order <= as_of and not gone:
            values |= {} if one.act.key.startswith(UNKNOWN) else one.act.rows
    return dict(sorted(values.items()))


def expected_id(entry: Entry, entries: list[Entry]) -> str:
    """The id of an upload or deletion, written out here a second time on purpose."""
    at = entry.at
    position = sum(
        other.key == entry.key and other.at == at for other in entries[: entries.index(entry)]
    )
    digest = hashlib.sha256(f"{entry.key}\0{entry.version_id}".encode()).hexdigest()[:12]
    return f"{at:%Y%m%dT%H%M%S}.000Z-{position:04d}-{digest}"
