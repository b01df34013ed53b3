"""Put files into the bucket, wait for their receipts, and print them."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import simplejson
from rich.markup import escape

from adapters.s3 import s3_client
from adapters.table import Table
from aquasense.uploads import receipts
from aquasense.uploads.identity import Upload
from aquasense.uploads.receipts import Receipt
from cli import targets
from cli.console import err, out, show_count
from cli.data import putting, report

# Seconds without any new receipt after which waiting ends.
RETRY_SECONDS = 300.0
POLL_SECONDS = 0.3
# Receipts requested at once.
CONCURRENCY = 16


def upload(target: targets.Target, keyed: Sequence[tuple[Path, str]]) -> bool:
    """Put the files under their keys, in this order, and report on each.

    Returns:
        True if every file has at least one accepted reading.

    Raises:
        Failure: the stack cannot be reached.
    """
    client = s3_client(target.region, target.endpoint)
    with targets.readable_errors(), show_count("Putting", len(keyed)) as done:
        uploads = putting.put(
            client,
            target.outputs["RawBucketName"],
            keyed,
            done,
        )
    for late in putting.out_of_order(uploads):
        err.print(
            f"{late.key}: the store's clock gives it an earlier time than the one before it",
            markup=False,
        )
    with targets.readable_errors(), show_count("Incorporated", len(keyed)) as done:
        receipts = asyncio.run(_wait(target, uploads, done))
    for (path, _), sent in zip(keyed, uploads, strict=True):
        _report(path, sent, receipts.get(sent.id), target)
    return all(sent.id in receipts and receipts[sent.id].accepted for sent in uploads)


async def _wait(
    target: targets.Target, uploads: Sequence[Upload], done: Callable[[str], None]
) -> dict[str, Receipt]:
    receipts: dict[str, Receipt] = {}
    missing = {sent.id: sent.key for sent in uploads}
    room = asyncio.Semaphore(CONCURRENCY)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + RETRY_SECONDS
    async with Table.open(target.config, retry_seconds=30.0) as table:

        async def look(upload_id: str) -> None:
            async with room:
                receipt = await table.read_receipt(upload_id)
            if receipt is not None:
                receipts[upload_id] = receipt
                done(missing.pop(upload_id))

        while missing and loop.time() < deadline:
            before = len(receipts)
            await asyncio.gather(*(look(upload_id) for upload_id in list(missing)))
            if len(receipts) > before:
                deadline = loop.time() + RETRY_SECONDS
            if missing:
                await asyncio.sleep(POLL_SECONDS)
    return receipts


def _report(path: Path, sent: Upload, receipt: Receipt | None, target: targets.Target) -> None:
    if receipt is None:
        queue = target.outputs.get("DeadLetterQueueUrl", "the dead-letter queue")
        out.print(
            f"[red]not in yet[/]    {escape(str(path))}: nothing is known of it after "
            f"{RETRY_SECONDS:.0f} s. It may still come; if not, it is in {escape(queue)} "
            f"(upload {sent.id})"
        )
        return
    client = s3_client(target.region, target.endpoint)
    # It is written before the record in the table, and has the impact of the upload.
    bucket, key = target.outputs["ReceiptsBucketName"], f"receipts/{receipt.id}.json"
    whole = None
    with contextlib.suppress(client.exceptions.NoSuchKey):
        whole = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    report.print_receipt(
        str(path),
        simplejson.loads(whole, use_decimal=True)
        if whole
        else receipts.receipt_members(receipt, None),
    )
