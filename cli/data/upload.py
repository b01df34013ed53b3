"""Put files into the bucket, wait for their receipts, and print them."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from adapters import items
from adapters.s3 import s3_client
from aquasense.uploads import receipts
from aquasense.uploads.identity import Upload
from cli import targets
from cli.console import Failure, err, out, print_json, show_count
from cli.data import files, putting, report, stack
from cli.data.waiting import WAIT_SECONDS, Events

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

type Keyed = Sequence[tuple[Path, str]]

# Files that are listed as under way or not begun.
SHOWN_FILES = 10


@dataclass(slots=True)
class Batch:
    """The files of one command, in the order in which they are put.

    Attributes:
        keyed: files and their keys.
        uploads: of the files that are put: the first ones.
        receipts: as JSON members, by upload id.
        begun: number of files of which a put was begun.
    """

    keyed: Keyed
    uploads: list[Upload] = field(default_factory=list)
    receipts: dict[str, dict[str, Any]] = field(default_factory=dict)
    begun: int = 0

    @property
    def succeeded(self) -> bool:
        """Return whether every file has at least one accepted reading."""
        return len(self.uploads) == len(self.keyed) and all(
            self.receipts.get(upload.id, {}).get("accepted") for upload in self.uploads
        )

    def members(self, error: str | None) -> dict[str, Any]:
        """Return the outcome as JSON members; error is the reason of an early end."""
        names: list[dict[str, Any]] = [{"path": str(path), "file": key} for path, key in self.keyed]
        ids = [upload.id for upload in self.uploads] + [None] * (self.begun - len(self.uploads))
        begun = [name | {"upload": id_} for name, id_ in zip(names, ids, strict=False)]
        return {
            "receipts": [
                {"path": name["path"], **self.receipts[name["upload"]]}
                for name in begun
                if name["upload"] in self.receipts
            ],
            "under_way": [name for name in begun if name["upload"] not in self.receipts],
            "not_begun": names[self.begun :],
            "error": error,
        }


def upload(target: targets.Target, keyed: Keyed, *, as_json: bool = False) -> bool:
    """Put the files under their keys, in this order, and report on each.

    Returns:
        True if every file has at least one accepted reading.

    Raises:
        Failure: a file is too large or the stack cannot be reached, and nothing was put; or the
            connection was lost, and the report says of each file how far it is.
        KeyboardInterrupt: likewise.
    """
    batch = Batch(keyed)
    ended: Failure | KeyboardInterrupt | None = None
    client = s3_client(target.region, target.endpoint)
    with targets.readable_errors():
        client.head_bucket(Bucket=target.outputs["RawBucketName"])
        files.require_sizes([path for path, _ in keyed], stack.read_limits(target))
    with targets.readable_errors(), Events.open(target.config) as events:
        try:
            with targets.readable_errors(), show_count("Uploading", len(keyed)) as done:
                _put_and_wait(batch, target, client, events, done)
        except (Failure, KeyboardInterrupt) as error:
            ended = error
            with contextlib.suppress(Failure, KeyboardInterrupt), targets.readable_errors():
                _collect(batch, target, client, events)
    if as_json:
        print_json(batch.members(None if ended is None else str(ended) or "Interrupted"))
    else:
        _print(batch, target, ended)
    if ended:
        raise ended
    return batch.succeeded


def _put_and_wait(
    batch: Batch,
    target: targets.Target,
    client: "S3Client",
    events: Events,
    done: Callable[[str], None],
) -> None:
    """Put the files, and wait for their receipts; both are in the batch, however this ends."""

    def begin() -> None:
        batch.begun += 1

    for sent in putting.put(client, target.outputs["RawBucketName"], batch.keyed, begin):
        batch.uploads.append(sent)
        events.expect(sent.id)
        if events.is_due():
            _collect(batch, target, client, events, done)
    for late in putting.out_of_order(batch.uploads):
        err.print(
            f"{late.key}: the store's clock gives it an earlier time than the one before it",
            markup=False,
        )
    while events.may_come():
        _collect(batch, target, client, events, done)
        events.pause()


def _collect(
    batch: Batch,
    target: targets.Target,
    client: "S3Client",
    events: Events,
    done: Callable[[str], None] = lambda _: None,
) -> None:
    """Add the receipts that have arrived to the batch."""
    arrived = dict(events.poll())
    for event_id, item in arrived.items():
        batch.receipts[event_id] = receipts.receipt_members(items.parse_receipt(item), None)
    for event_id in arrived:
        # It is written before the record in the table, and has the impact of the upload.
        if private := stack.read_private_receipt(client, target, event_id):
            batch.receipts[event_id] = private
        done(batch.receipts[event_id]["file"])


def _print(batch: Batch, target: targets.Target, ended: BaseException | None) -> None:
    document = batch.members(None)
    for receipt in document["receipts"]:
        report.print_receipt(receipt["path"], receipt)
    if ended:
        wait = "no receipt yet"
    else:
        queue = target.outputs.get("DeadLetterQueueUrl", "the dead-letter queue")
        wait = f"no receipt after {WAIT_SECONDS:.0f} s; it may still come, or be in {queue}"
    under_way = [
        f"{name['path']}: " + (f"{wait} (upload {name['upload']})" if name["upload"]
                               else "cut off; it may have arrived")
        for name in document["under_way"]
    ]  # fmt: skip
    _print_first("under way", under_way)
    _print_first("not begun", [name["path"] for name in document["not_begun"]])
    if ended:
        counts = ", ".join(
            f"{len(document[member])} {title}"
            for member, title in (("receipts", "in"), ("under_way", "under way"),
                                  ("not_begun", "not begun"))
        )  # fmt: skip
        err.print(
            f"{counts}. The command can be repeated: a file that is in is then uploaded again, "
            "with the same readings."
        )


def _print_first(title: str, lines: Sequence[str]) -> None:
    for line in lines[:SHOWN_FILES]:
        out.print(f"[yellow]{title}[/]     {escape(line)}")
    if len(lines) > SHOWN_FILES:
        out.print(f"              and {len(lines) - SHOWN_FILES} more (--json lists them)")
