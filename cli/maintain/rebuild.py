"""Make the table agree with the bucket: after damage or a loss, or for files older than the stack.

Items are compared, and exactly those that are missing or different are written again. Items of rows
come first; then, in order of events, the ledger, the marks, the receipts and the withdrawals. So it
can be stopped and restarted, and no alert is sent.
"""

import asyncio
import sys
from collections.abc import Iterable
from itertools import batched

import click

from adapters.config import Config
from adapters.s3 import Bucket, s3_client
from adapters.table import Table
from cli import targets
from cli.console import err, out, print_json
from cli.maintain import verify
from cli.maintain.differences import Comparison, Difference, compare
from cli.maintain.plain import serialize
from cli.maintain.replay import EarlierTable, Replay

# Deletions in flight at once.
CONCURRENCY = 16


async def repair(config: Config, bucket: Bucket, comparison: Comparison, *, remove: bool) -> int:
    """Write the missing and the different items, and remove foreign ones.

    Args:
        config: of the table.
        bucket: raw files.
        comparison: of both.
        remove: whether foreign items are removed.

    Returns:
        The number of receipts that the bucket of receipts lacked although the table has them.
    """
    differences = comparison.differences
    wrong = [difference for difference in differences if difference.expected]
    missing = {difference.key[1] for difference in wrong if difference.kind == "missing"}
    async with EarlierTable.open(config, retry_seconds=60.0) as table:
        if remove:
            await _delete(table, [d for d in differences if d.kind == "foreign"])
        await table.write_items(
            serialize(difference.expected or {}) for difference in wrong if not difference.is_event
        )
        replay = Replay(config, bucket, table, comparison.listing.uploads)
        # Event ids sort by time.
        events = sorted((d for d in wrong if d.is_event), key=lambda d: d.key[1])
        await replay.write_events([d.expected or {} for d in events], missing)
        return await replay.write_lost_receipts()


async def _delete(table: Table, differences: Iterable[Difference]) -> None:
    for batch in batched(differences, CONCURRENCY, strict=False):
        await asyncio.gather(*(table.delete_item(*difference.key) for difference in batch))


def rebuild(
    environment: str, cloud_port: int | None, *, yes: bool = False, as_json: bool = False
) -> bool:
    """Repair the table of an environment, and print what was done.

    Returns:
        True if table and bucket agree now.
    """
    target = targets.find(environment, cloud_port)
    bucket = Bucket(s3_client(target.region, target.endpoint), target.outputs["RawBucketName"])
    with targets.readable_errors():
        comparison = compare(bucket, target.config)
        verify.print_errors(comparison)
        verify.print_waiting(target, comparison)
        foreign = [d for d in comparison.differences if d.kind == "foreign"]
        remove = bool(foreign) and _confirm_removal(foreign, yes=yes)
        receipts = asyncio.run(repair(target.config, bucket, comparison, remove=remove))
    kept = 0 if remove else len(foreign)
    done = {
        "written": len(comparison.differences) - len(foreign),
        "removed": len(foreign) if remove else 0,
        "kept": kept,
        "receipts": receipts,
    }
    if as_json:
        print_json(verify.describe(comparison) | done)
    else:
        _print_outcome(comparison, done)
    return not kept and comparison.listing.complete


def _confirm_removal(foreign: list[Difference], *, yes: bool) -> bool:
    """List foreign items, and return True if they may be removed."""
    for difference in foreign:
        err.print(verify.format_difference(difference), markup=False)
    if yes:
        return True
    if sys.stdin.isatty():
        return click.confirm(
            f"Remove these {len(foreign)} items, which follow from no file, for good?", err=True
        )
    err.print("Nobody can be asked here: add --yes to remove these items")
    return False


def _print_outcome(comparison: Comparison, done: dict[str, int]) -> None:
    if not any(done.values()):
        text = "nothing to repair"
    else:
        text = f"{done['written']} items written, {done['removed']} removed"
        text += f", {done['receipts']} receipts written" if done["receipts"] else ""
    out.print(f"{len(comparison.listing.uploads)} uploads, {comparison.items} items: {text}")
    if done["kept"]:
        err.print(f"{done['kept']} items that follow from no file were kept")
