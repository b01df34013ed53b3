"""Delete files: say what will change, ask, delete, and wait until the readings are withdrawn."""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from adapters.s3 import Bucket, StoredVersion, s3_client
from aquasense.uploads.identity import parse_upload_time
from cli import targets
from cli.console import Failure, confirm, err, out, print_json, show_count
from cli.data import prediction, stack
from cli.data.prediction import Effects
from cli.data.waiting import WAIT_SECONDS, Events

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client

STATES = {
    "withdrawn": "[green]withdrawn[/]     {file}: its readings do not count any more",
    "under_way": "[yellow]under way[/]     {file}: deleted, its readings still count",
    "not_begun": "[yellow]not begun[/]     {file}: not deleted",
}


@dataclass(slots=True)
class Deletion:
    """The deletion of one file.

    Attributes:
        key: of the object.
        uploads: ids of the uploads that it withdraws.
        expected: ids of the withdrawals that are not recorded yet; None before the deletion.
    """

    key: str
    uploads: list[str]
    expected: set[str] | None = None

    @property
    def state(self) -> str:
        """Return the member of STATES."""
        if self.expected is None:
            return "not_begun"
        return "under_way" if self.expected else "withdrawn"


def delete(
    target: targets.Target, texts: Sequence[str], dataset: str, *, yes: bool, as_json: bool = False
) -> bool:
    """Delete files and wait until their readings are withdrawn.

    Args:
        target: the stack.
        texts: keys, or local paths with the names of objects.
        dataset: the folder of the objects; empty if they have none.
        yes: delete without asking.
        as_json: print the outcome as JSON.

    Returns:
        True if every withdrawal is recorded.

    Raises:
        Failure: a file does not exist, the answer is no, or the stack cannot be reached, and
            nothing was deleted; or the connection was lost, and the report says how far it is.
        KeyboardInterrupt: likewise.
    """
    client, bucket = s3_client(target.region, target.endpoint), target.outputs["RawBucketName"]
    stack.load_datasets(target, dataset)
    with targets.readable_errors():
        deletions = _find_deletions(client, bucket, texts, dataset)
        effects = prediction.predict(target, [deletion.key for deletion in deletions])
    _describe(deletions, err if as_json else out)
    prediction.print_effects(effects, err if as_json else out)
    count = len(deletions)
    confirm("Delete this file?" if count == 1 else f"Delete these {count} files?", yes=yes)
    ended: Failure | KeyboardInterrupt | None = None
    with targets.readable_errors(), Events.open(target.config) as events:
        try:
            with targets.readable_errors():
                _delete_and_wait(client, bucket, deletions, events)
        except (Failure, KeyboardInterrupt) as error:
            ended = error
            with contextlib.suppress(Failure, KeyboardInterrupt), targets.readable_errors():
                _collect(deletions, events)
    _report(deletions, effects, ended, as_json=as_json)
    if ended:
        raise ended
    return all(deletion.state == "withdrawn" for deletion in deletions)


def _find_deletions(
    client: "S3Client", bucket: str, texts: Sequence[str], dataset: str
) -> list[Deletion]:
    deletions: dict[str, Deletion] = {}
    for text in texts:
        history = stack.find_history(client, bucket, text, dataset)
        key = history[-1].upload.key
        if withdrawal := history[-1].withdrawal:
            time = parse_upload_time(withdrawal.deletion_id)
            raise Failure(f"{key} was deleted already, at {time}", 2)
        deletions[key] = Deletion(key, _live_uploads(history))
    return list(deletions.values())


def _live_uploads(history: Iterable[StoredVersion]) -> list[str]:
    return [stored.upload.id for stored in history if not stored.withdrawal]


def _delete_and_wait(
    client: "S3Client", bucket: str, deletions: Sequence[Deletion], events: Events
) -> None:
    for deletion in deletions:
        deletion.expected = set(deletion.uploads)
        client.delete_object(Bucket=bucket, Key=deletion.key)
        deletion.expected = {
            stored.withdrawal.event_id
            for stored in Bucket(client, bucket).list_versions(deletion.key)
            if stored.withdrawal and stored.upload.id in deletion.uploads
        }
        for event_id in deletion.expected:
            events.expect(event_id)
    with show_count("Withdrawn", len(events.pending)) as done:
        while events.may_come():
            for key in _collect(deletions, events):
                done(key)
            events.pause()


def _collect(deletions: Sequence[Deletion], events: Events) -> list[str]:
    """Take the withdrawals that have arrived from the expected; return the key of each."""
    arrived = {event_id for event_id, _ in events.poll()}
    keys: list[str] = []
    for deletion in deletions:
        recorded = arrived & (deletion.expected or set())
        keys += [deletion.key] * len(recorded)
        if deletion.expected:
            deletion.expected -= recorded
    return keys


def _describe(deletions: Sequence[Deletion], console: Console) -> None:
    for deletion in deletions:
        time = parse_upload_time(deletion.uploads[-1])
        count = len(deletion.uploads)
        uploads = "1 upload" if count == 1 else f"{count} uploads, the newest"
        console.print(f"{deletion.key}: {uploads} of {time}", markup=False)


def _report(
    deletions: Sequence[Deletion],
    effects: Effects,
    ended: BaseException | None,
    *,
    as_json: bool,
) -> None:
    if as_json:
        files = [
            {"file": deletion.key, "uploads": deletion.uploads, "state": deletion.state}
            for deletion in deletions
        ]
        error = None if ended is None else str(ended) or "Interrupted"
        print_json({"files": files, "effects": effects, "error": error})
        return
    for deletion in deletions:
        out.print(STATES[deletion.state].format(file=escape(deletion.key)))
    if not ended and any(deletion.expected for deletion in deletions):
        err.print(f"No withdrawal was recorded for {WAIT_SECONDS:.0f} s; it may still come.")
