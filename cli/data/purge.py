"""Purge a file: remove its versions, receipts and rows for good, and keep records without content.

The texts go first: the versions of the file, then its receipts. The rows follow when the pipeline
has recorded the withdrawal of each upload and sent the retractions, which it derives from the rows.
"""

import asyncio
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.markup import escape

from adapters.s3 import ObjectStore, s3_client
from adapters.table import Table
from aquasense.uploads.identity import format_id_time, parse_upload_time
from cli import targets
from cli.console import confirm, err, out, print_json, show_count
from cli.data import prediction, stack
from cli.data.waiting import POLL_SECONDS, RETRY_SECONDS, WAIT_SECONDS
from cli.maintain.erase import (
    FileItems,
    find_file_items,
    find_withdrawn,
    remove_alerts,
    remove_contents,
    remove_rows,
)
from cli.maintain.plain import read_table
from ingest.ingester import receipt_key

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client


def purge(
    target: targets.Target,
    text: str,
    dataset: str,
    *,
    yes: bool,
    hide_name: bool = False,
    as_json: bool = False,
) -> bool:
    """Purge a file and wait for the outcome; it can be repeated.

    Args:
        target: the stack.
        text: upload id of one of its uploads, key, or local path with the name of the object.
        dataset: the folder of the object; empty if it has none.
        yes: purge without asking.
        hide_name: replace the name of the file in the records.
        as_json: print the outcome as JSON.

    Returns:
        True if nothing but records without content is left.

    Raises:
        Failure: there is no such file, the answer is no, or the stack cannot be reached.
    """
    client, bucket = s3_client(target.region, target.endpoint), target.outputs["RawBucketName"]
    stack.load_datasets(target, dataset)
    with targets.readable_errors():
        table = read_table(target.config)
        key = stack.find_key(client, bucket, table, text, dataset)
        file_items = find_file_items(table, key)
        versions, markers = _list_versions(client, bucket, key)
        effects = prediction.predict(target, [key])
    if file_items.purged and not versions + markers and not hide_name:
        return _report_again(key, file_items, as_json=as_json)
    _describe(key, len(versions), file_items, hide_name=hide_name)
    prediction.print_effects(effects, err)
    confirm("Remove all this for good?", yes=yes)
    ingested = {item["version_id"] for item in file_items.receipts.values()}
    waiting = [version for version in versions if version not in ingested]
    try:
        with targets.readable_errors():
            _remove_objects(client, target, key, [*versions, *markers], file_items)
            pending = asyncio.run(_finish(target, key, versions, file_items, hide_name=hide_name))
    except BaseException:
        err.print("Not finished: repeat the command.")
        raise
    if as_json:
        print_json({"file": key, "uploads": sorted(file_items.receipts), "versions": len(versions),
                    "rows": len(file_items.rows), "under_way": sorted(pending),
                    "not_ingested": len(waiting), "effects": effects})  # fmt: skip
    else:
        _report(key, pending, len(waiting))
    return not pending and not waiting


def _list_versions(client: "S3Client", bucket: str, key: str) -> tuple[list[str], list[str]]:
    """Return the ids of all versions of a key, and those of its delete markers."""
    pages = list(client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key))
    versions = [entry for page in pages for entry in page.get("Versions", ())]
    markers = [entry for page in pages for entry in page.get("DeleteMarkers", ())]
    return (
        [entry["VersionId"] for entry in versions if entry["Key"] == key],
        [entry["VersionId"] for entry in markers if entry["Key"] == key],
    )


def _describe(key: str, versions: int, file_items: FileItems, *, hide_name: bool) -> None:
    times = ", ".join(parse_upload_time(upload_id) for upload_id in sorted(file_items.receipts))
    name = "without its name" if hide_name else "with its name"
    for line in (
        f"{key}: uploads of {times or 'unknown time'}",
        f"To be removed for good: {versions} versions of the file, "
        f"{len(file_items.receipts)} receipts, {len(file_items.rows)} items of rows",
        f"To be kept: that there were these uploads and when they were purged, {name}",
    ):
        err.print(line, markup=False)


def _remove_objects(
    client: "S3Client",
    target: targets.Target,
    key: str,
    versions: Sequence[str],
    file_items: FileItems,
) -> None:
    with show_count("Deleting", len(versions)) as done:
        for version_id in versions:
            client.delete_object(
                Bucket=target.outputs["RawBucketName"], Key=key, VersionId=version_id
            )
            done(key)
    store = ObjectStore(client, target.outputs["ReceiptsBucketName"])
    for upload_id in file_items.receipts:
        store.delete(receipt_key(upload_id))


def _report_again(key: str, file_items: FileItems, *, as_json: bool) -> bool:
    times = sorted({str(item["purged_at"]) for item in file_items.receipts.values()})
    if as_json:
        print_json({"file": key, "uploads": sorted(file_items.receipts), "purged_at": times})
    else:
        out.print(f"{key} was purged already, at {', '.join(times)}", markup=False)
    return True


async def _finish(
    target: targets.Target,
    key: str,
    deleted: Collection[str],
    file_items: FileItems,
    *,
    hide_name: bool,
) -> set[str]:
    """Remove rows and contents, once the withdrawals are complete.

    Returns:
        Ids of the uploads whose withdrawal is not complete; then the table is as it was.
    """
    purged_at = parse_upload_time(format_id_time(datetime.now(UTC)))
    datasets = stack.load_datasets(target).by_name
    async with Table.open(target.config, RETRY_SECONDS) as table:
        pending = {
            upload_id
            for upload_id, item in file_items.receipts.items()
            if "purged_at" not in item or item["version_id"] in deleted
        }
        deadline = time.monotonic() + WAIT_SECONDS
        while pending and time.monotonic() < deadline:
            if complete := await find_withdrawn(table, file_items, pending, deleted, datasets):
                pending -= complete
                deadline = time.monotonic() + WAIT_SECONDS
            if pending:
                await asyncio.sleep(POLL_SECONDS)
        if not pending:
            # Again, with the withdrawals and tombstones of these deletions.
            file_items = find_file_items(read_table(target.config), key)
            await remove_alerts(table, file_items.rows)
            await remove_rows(table, target.config, file_items.rows)
            await remove_contents(table, file_items, purged_at, hide_name=hide_name)
    return pending


def _report(key: str, pending: set[str], waiting: int) -> None:
    if not pending and not waiting:
        out.print(f"[green]purged[/]        {escape(key)}: only records without content are left")
    state = f"[yellow]under way[/]     {escape(key)}: file and receipts are removed;"
    for upload_id in sorted(pending):
        out.print(f"{state} upload {upload_id} is not withdrawn, or its retraction not sent, after "
                  f"{WAIT_SECONDS:.0f} s")  # fmt: skip
    if waiting:
        out.print(f"{state} {waiting} versions were not ingested yet")
    if pending or waiting:
        err.print("Repeat the command in a quarter of an hour; if that does not help, see "
                  "DeadLetters in docs/runbook.md")  # fmt: skip
