"""Compute the items of an upload from its file in the bucket."""

from collections.abc import Iterable, Iterator
from itertools import chain

from botocore.exceptions import ClientError

from adapters.config import Config
from adapters.items import Item
from adapters.s3 import Bucket, Gone, StoredVersion
from adapters.upload_items import upload_items
from aquasense.csvfile.decode import UnreadableFile
from aquasense.csvfile.lines import ReviewRow, Row
from aquasense.csvfile.reader import latest_rows, scan_file
from aquasense.datasets import Datasets, UnknownDataset, is_review_key
from aquasense.uploads import receipts
from aquasense.uploads.receipts import Receipt
from cli.maintain.listing import Listing, describe_failure


def expect_items(
    listing: Listing, stored: StoredVersion, registered: Datasets, config: Config
) -> Iterator[Item]:
    """Yield the items of an upload in the bucket; none if its file cannot be read."""
    upload = stored.upload
    try:
        receipt, rows = read_upload(listing.bucket, stored, registered, config)
    except Gone:
        return
    except ClientError as error:
        listing.errors[upload.key] = describe_failure(error)
        return
    yield from upload_items(upload, receipt, rows, stored.withdrawal)


def read_upload(
    bucket: Bucket, stored: StoredVersion, registered: Datasets, config: Config
) -> tuple[Receipt, Iterable[Row | ReviewRow]]:
    """Return the receipt of an upload, with the texts of the file, and its rows.

    Raises:
        Gone: the bucket no longer has the object version.
        ClientError: the file cannot be read.
    """
    upload, name = stored.upload, ""
    try:
        dataset = registered.for_key(upload.key)
        name = dataset.name
        scan = scan_file(
            bucket.open(upload), config.limits, dataset, reviews=is_review_key(upload.key)
        )
        batches = latest_rows(bucket.open(upload), config.limits, scan, dataset)
        rows = list(chain.from_iterable(batches))
    except (UnknownDataset, UnreadableFile) as error:
        return receipts.build_rejection(upload, name, error), ()
    return receipts.build_receipt(upload, name, scan), rows
