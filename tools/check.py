"""Report the outcome that uploading files would have, without writing anything."""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from adapters.config import Config
from adapters.table import Table
from aquasense import datasets
from aquasense.csvfile.decode import FileLimits, UnreadableFile
from aquasense.csvfile.reader import latest_rows, scan_file
from aquasense.datasets import UnknownDataset
from aquasense.readings.repeats import attach_partners
from aquasense.readings.versions import Version
from aquasense.uploads import impact, receipts
from aquasense.uploads.identity import Upload, build_upload_id
from tools import report, targets
from tools.console import Failure, err, run_tool


def check(
    path: Path, key: str, registered: datasets.Datasets, before: Sequence[Version]
) -> dict[str, Any]:
    """Return the receipt that a file would get if it were uploaded now.

    Args:
        path: the file.
        key: the key it would be uploaded under.
        registered: the datasets.
        before: all versions of the file's dataset in the table.
    """
    now = datetime.now(UTC)
    upload = Upload(build_upload_id(key, "not uploaded", now, 0), key, "", now, path.stat().st_size)
    limits = FileLimits()
    name = ""
    try:
        dataset = registered.for_key(key)
        name = dataset.name
        with path.open("rb") as stream:
            scan = scan_file(stream, limits, dataset)
        with path.open("rb") as stream:
            own = [
                Version(row.date, upload.id, row.mean, row.deviation, row.line, key)
                for row in chain.from_iterable(latest_rows(stream, limits, scan, dataset))
            ]
    except UnknownDataset as error:
        return receipts.receipt_members(
            receipts.build_rejection(upload, name, UnreadableFile("unknown_dataset", str(error))),
            None,
        )
    except UnreadableFile as why:
        return receipts.receipt_members(receipts.build_rejection(upload, name, why), None)
    # The copies that the table would have after this upload.
    effect = impact.compute_impact(upload.id, dataset, attach_partners([*before, *own]))
    return receipts.receipt_members(receipts.build_receipt(upload, name, scan), effect)


async def read_versions(config: Config, dataset: str) -> list[Version]:
    """Return all versions of a dataset in the table."""
    async with Table.open(config, retry_seconds=30.0) as table:
        return await table.read_all_versions(dataset)


def main() -> int:
    keyed, folder = report.select_from_env("check")
    environment = os.environ.get("ENV") or "local"
    config = None
    try:
        config = targets.find(environment).config
    except Failure as failure:
        if environment != "local":
            raise
        err.print(f"{failure}; what the files would change is not compared", markup=False)
    threshold = config.alert_threshold if config else Decimal("0.5")
    registered = datasets.load_datasets(threshold)
    before: list[Version] = []
    if config:
        try:
            name = registered.get(folder).name if folder else registered.default.name
        except UnknownDataset as error:
            raise Failure(str(error), 2) from error
        with targets.readable_errors():
            before = asyncio.run(read_versions(config, name))
    accepted = True
    for path, key in keyed:
        receipt = check(path, key, registered, before)
        report.print_receipt(str(path), receipt, dry=True)
        accepted = accepted and receipt["accepted"] > 0
    return 0 if accepted else 1


if __name__ == "__main__":
    run_tool(main)
