"""Put files into the bucket, wait until they are in, and say what became of each."""

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.markup import escape

from adapters.bucket import s3_client
from adapters.settings import Settings
from adapters.table import Table
from aquasense.receipts import Receipt
from aquasense.versions import Upload
from tools import files, putting, targets
from tools.console import Failure, counting, err, out, run_tool

# Seconds without any upload being incorporated after which waiting makes no sense.
PATIENCE = 300.0
POLL_SECONDS = 0.3
# Receipts asked for at once.
CONCURRENCY = 16


def upload(target: targets.Target, paths: Sequence[Path], dataset: str = "") -> bool:
    """Put the files, in this order, and report on each.

    Returns:
        Whether all are in: none rejected whole, none still on its way.

    Raises:
        Failure: the stack cannot be reached.
    """
    prefix = f"{dataset}/" if dataset else ""
    client = s3_client(target.region, target.endpoint)
    with targets.readable_errors(), counting("Putting", len(paths)) as done:
        uploads = putting.put(
            client,
            target.outputs["RawBucketName"],
            [(path, prefix + path.name) for path in paths],
            done,
        )
    for late in putting.out_of_order(uploads):
        err.print(f"{late.key}: the store's clock gives it an earlier time than the one before it")
    with counting("Incorporated", len(paths)) as done:
        receipts = asyncio.run(_wait(target, uploads, done))
    for path, sent in zip(paths, uploads, strict=True):
        _report(path, sent, receipts.get(sent.id), target)
    return all(
        sent.id in receipts and receipts[sent.id].status == "incorporated" for sent in uploads
    )


async def _wait(
    target: targets.Target, uploads: Sequence[Upload], done: Callable[[str], None]
) -> dict[str, Receipt]:
    settings = Settings.from_env(
        {
            "TABLE_NAME": target.outputs["TableName"],
            "AWS_REGION": target.region,
            "AWS_ENDPOINT_URL": target.endpoint or "",
        }
    )
    found: dict[str, Receipt] = {}
    missing = {sent.id: sent.key for sent in uploads}
    room = asyncio.Semaphore(CONCURRENCY)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    async with Table.open(settings, patience=30.0) as table:

        async def look(upload_id: str) -> None:
            async with room:
                receipt = await table.receipt(upload_id)
            if receipt is not None:
                found[upload_id] = receipt
                done(missing.pop(upload_id))

        while missing and loop.time() < deadline:
            before = len(found)
            async with asyncio.TaskGroup() as tasks:
                for upload_id in list(missing):
                    tasks.create_task(look(upload_id))
            if len(found) > before:
                deadline = loop.time() + PATIENCE
            if missing:
                await asyncio.sleep(POLL_SECONDS)
    return found


def _report(path: Path, sent: Upload, receipt: Receipt | None, target: targets.Target) -> None:
    name = escape(str(path))
    if receipt is None:
        queue = target.outputs.get("DeadLetterQueueUrl", "the dead-letter queue")
        out.print(
            f"[red]not in yet[/]    {name}: nothing is known of it after {PATIENCE:.0f} s. "
            f"It may still come; if not, it is in {escape(queue)} (upload {sent.id})"
        )
    elif receipt.status == "incorporated":
        span = f", {receipt.first} to {receipt.last}" if receipt.first else ""
        out.print(
            f"[green]incorporated[/]  {name}: {receipt.accepted} accepted, "
            f"{receipt.duplicated} duplicated, {receipt.rejected} rejected{span} "
            f"(upload {receipt.id})"
        )
    else:
        out.print(f"[red]rejected[/]      {name}: {escape(receipt.reason)} (upload {receipt.id})")
    for row in receipt.rejections if receipt else ():
        out.print(f"              line {row.line}: {row.text!r}: {row.reason}", markup=False)
    unlisted = receipt.rejected - len(receipt.rejections) if receipt else 0
    if unlisted > 0:
        out.print(f"              and {unlisted} more rejected lines")


def main() -> int:
    paths = files.named(os.environ.get("FILES", ""))
    if not paths:
        raise Failure('Say what to upload: make upload FILES="a.csv b.csv"', 2)
    target = targets.find(os.environ.get("ENV") or "local")
    dataset = os.environ.get("DATASET", "").strip("/")
    return 0 if upload(target, paths, dataset) else 1


if __name__ == "__main__":
    run_tool(main)
