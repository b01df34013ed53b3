"""One object version, from its bytes to its receipt.

Every step can be repeated: rows and receipt have keys that follow from the object version alone.
The receipt is written last, so that whoever sees it sees all rows.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import islice

from adapters.bucket import Bucket
from adapters.table import Table
from aquasense import receipts
from aquasense.datasets import Datasets, UnknownDataset
from aquasense.decoding import Limits, Unreadable
from aquasense.reader import Row, survey, winners
from aquasense.receipts import Receipt
from aquasense.versions import Upload

# Rows handed over from the reading thread at a time.
SLICE = 500


async def incorporate(
    bucket: Bucket, table: Table, datasets: Datasets, limits: Limits, upload: Upload
) -> Receipt:
    """Read the upload, write its rows, record its receipt.

    Raises:
        Gone: the object version is no longer in the bucket.
        Exception: bucket or table failed; doing it again completes it.
    """
    dataset = ""
    try:
        dataset = _dataset(datasets, upload)
        surveyed = await asyncio.to_thread(lambda: survey(bucket.open(upload), limits))
    except Unreadable as why:
        receipt = receipts.rejected(upload, dataset, why)
    else:
        rows = await asyncio.to_thread(lambda: winners(bucket.open(upload), limits, surveyed))
        await table.write_rows(dataset, upload, _from_thread(rows))
        receipt = receipts.incorporated(upload, dataset, surveyed)
    await table.put_receipt(receipt)
    return receipt


def _dataset(datasets: Datasets, upload: Upload) -> str:
    try:
        return datasets.of_key(upload.key).name
    except UnknownDataset as error:
        raise Unreadable("unknown_dataset", str(error)) from error


async def _from_thread(rows: Iterator[Row]) -> AsyncIterator[Row]:
    """The rows, read in a thread so that the requests under way go on meanwhile."""
    while taken := await asyncio.to_thread(lambda: list(islice(rows, SLICE))):
        for row in taken:
            yield row
