"""Report the outcome that uploading files would have, without writing anything."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from aquasense import datasets
from aquasense.csvfile.decode import FileLimits, UnreadableFile
from aquasense.csvfile.reader import latest_rows, scan_file
from aquasense.datasets import UnknownDataset, is_review_key
from aquasense.readings.repeats import attach_partners
from aquasense.readings.reviews import Review
from aquasense.readings.versions import Version, attach_reviews
from aquasense.uploads import impact, receipts
from aquasense.uploads.identity import Upload, build_upload_id
from aquasense.uploads.review_impact import compute_review_impact
from cli import targets
from cli.console import Failure, err, print_json, show_reading
from cli.data import report, stack

type Open = Callable[[Path], AbstractContextManager[BinaryIO]]

# Members of a receipt that only an upload has.
UNKNOWN = {"id": None, "version_id": None, "uploaded_at": None}


def check(
    path: Path,
    key: str,
    registered: datasets.Datasets,
    versions: list[Version],
    *,
    limits: FileLimits | None = None,
    now: datetime | None = None,
    open_file: Open = lambda path: path.open("rb"),
) -> dict[str, Any]:
    """Return the receipt that a file would get if it were uploaded now.

    Args:
        path: the file.
        key: the key it would be uploaded under.
        registered: the datasets.
        versions: all versions of the file's dataset; rows of the file are added.
        limits: of files; None are those of a stack without others.
        now: time of the upload.
        open_file: opens the file, which is read twice.
    """
    limits, time = limits or FileLimits(), now or datetime.now(UTC)
    upload = Upload(
        build_upload_id(key, "not uploaded", time, 0), key, "", time, path.stat().st_size
    )
    name = ""
    try:
        dataset = registered.for_key(key)
        name = dataset.name
        with open_file(path) as stream:
            scan = scan_file(stream, limits, dataset, reviews=is_review_key(key))
        with open_file(path) as stream:
            batches = latest_rows(stream, limits, scan, dataset)
            rows = [row.stored(upload) for row in chain.from_iterable(batches)]
    except (UnknownDataset, UnreadableFile) as error:
        receipt, effect = receipts.build_rejection(upload, name, error), None
    else:
        receipt = receipts.build_receipt(upload, name, scan)
        reviews = [row for row in rows if isinstance(row, Review)]
        versions += [row for row in rows if isinstance(row, Version)]
        versions[:] = attach_reviews(versions, reviews)
        if is_review_key(key):
            effect = compute_review_impact(upload.id, reviews, versions)
        else:
            # With the copies that the table would have after this upload.
            effect = impact.compute_impact(upload.id, dataset, attach_partners(versions))
    return receipts.receipt_members(receipt, effect, private=True) | UNKNOWN


def check_files(
    paths: Sequence[Path],
    folder: str,
    environment: str,
    cloud_port: int | None,
    *,
    reviews: bool = False,
    as_json: bool = False,
) -> bool:
    """Print the receipts that files would get if they were uploaded in this order.

    Returns:
        True if every file has at least one accepted reading.
    """
    keyed = report.select_with_keys(paths, folder, reviews=reviews)
    target = _find_target(environment, cloud_port)
    registered = datasets.load_datasets(target.config.alert_threshold if target else Decimal("0.5"))
    limits, versions = FileLimits(), list[Version]()
    if target:
        name = folder or registered.default.name
        with targets.readable_errors():
            limits = stack.read_limits(target)
            versions = stack.read_versions(target.config, name)
    checked: list[dict[str, Any]] = []
    now = datetime.now(UTC)
    with show_reading() as open_file:
        for number, (path, key) in enumerate(keyed):
            # Later than the file before it, as its upload would be.
            time = now + timedelta(milliseconds=number)
            checked.append(
                check(path, key, registered, versions, limits=limits, now=time, open_file=open_file)
            )
    if as_json:
        print_json([{"path": str(path), **receipt}
                    for (path, _), receipt in zip(keyed, checked, strict=True)])  # fmt: skip
    else:
        for (path, _), receipt in zip(keyed, checked, strict=True):
            report.print_receipt(str(path), receipt, dry=True)
    return all(receipt["accepted"] > 0 for receipt in checked)


def _find_target(environment: str, cloud_port: int | None) -> targets.Target | None:
    """Return the stack to compare with; None if no local cloud runs and none was asked for."""
    try:
        return targets.find(environment, cloud_port)
    except Failure as failure:
        if environment != "local" or cloud_port is not None or failure.code == 2:
            raise
        err.print(f"{failure}; what the files would change is not compared", markup=False)
    return None
