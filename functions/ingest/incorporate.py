"""One object version, from its bytes to its receipt.

Every step can be repeated: rows, receipt and withdrawal have keys that follow from the bucket
alone. The receipt in the table is written last, so that whoever sees it sees all rows.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from adapters.bucket import Bucket, Gone, Store
from adapters.table import Table
from aquasense import answers, receipts
from aquasense.datasets import Dataset, Datasets, UnknownDataset
from aquasense.decoding import Limits, Unreadable
from aquasense.effects import Impact, ImpactBuilder
from aquasense.encoding import encoded
from aquasense.reader import Row, Survey, slices, survey
from aquasense.receipts import Receipt
from aquasense.versions import Upload


class Report(Protocol):
    """What is told of a receipt."""

    def __call__(self, receipt: Receipt, effect: Impact | None, *, again: bool) -> None: ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a large file got: its survey, and the line up to which its rows are written."""

    surveyed: Survey
    written: int = 0

    def dump(self) -> bytes:
        """The progress as bytes, for load()."""
        return b"%d\n%s" % (self.written, self.surveyed.dump())

    @classmethod
    def load(cls, dumped: bytes) -> "Progress":
        """What dump() gave."""
        written, _, surveyed = dumped.partition(b"\n")
        return cls(Survey.load(surveyed), int(written))


@dataclass(frozen=True, slots=True)
class Ingest:
    """What incorporating takes: where files, rows and receipts are, and the rules."""

    bucket: Bucket
    table: Table
    store: Store | None
    datasets: Datasets
    limits: Limits
    # Told of every receipt, with what the upload changed where that was worked out.
    report: Report = lambda receipt, effect, *, again: None

    async def incorporate(
        self,
        upload: Upload,
        begun: Progress | None = None,
        out_of_time: Callable[[], bool] = lambda: False,
        *,
        last_run: bool = False,
    ) -> Receipt | Progress:
        """Read the upload, write its rows, record its receipt.

        Args:
            upload: the object version.
            begun: what an earlier run left.
            out_of_time: asked after every block of text and every slice of rows; once it is true,
                progress is returned to go on from.
            last_run: a file that cannot even be surveyed by now is rejected. One that can be has
                few rows left to write, however many lines it has.

        Raises:
            Gone: the object version is no longer in the bucket.
            Exception: bucket or table failed; doing it again completes it.
        """
        progress = begun or Progress(Survey())
        dataset: Dataset | None = None
        try:
            dataset = _dataset(self.datasets, upload)
            surveyed = progress.surveyed
            if not surveyed.complete:
                surveyed = await asyncio.to_thread(
                    lambda: survey(
                        self.bucket.open(upload), self.limits, progress.surveyed, out_of_time
                    )
                )
            if last_run and not surveyed.complete:
                raise Unreadable("too_large", "the file takes more runs than are allowed")
        except Unreadable as why:
            receipt = receipts.rejected(upload, dataset.name if dataset else "", why)
            await self._conclude(receipt, None)
            return receipt
        if not surveyed.complete:
            return Progress(surveyed)
        written = await self._write(dataset, upload, surveyed, progress.written, out_of_time)
        if written is not None:
            return Progress(surveyed, written)
        receipt = receipts.incorporated(upload, dataset.name, surveyed)
        await self._conclude(receipt, dataset)
        return receipt

    async def settle(self, key: str, version_id: str | None = None) -> list[str]:
        """Withdraw what has to be: every incorporated upload of the key that a deletion followed.

        An upload that is not incorporated yet settles itself when it is. Returns the ids of those
        that were not withdrawn yet.

        Raises:
            Gone: the bucket no longer has the version.
        """
        history = await asyncio.to_thread(self.bucket.history, key)
        withdrawn = []
        for stored in history:
            if (
                stored.withdrawal
                # Its record comes after its tombstones: where it is, nothing is left to do.
                and await self.table.item(stored.withdrawal.event_id) is None
                and (receipt := await self.table.receipt(stored.upload.id))
                and await self.table.withdraw(stored.withdrawal, receipt)
            ):
                withdrawn.append(stored.upload.id)
        if version_id and all(stored.upload.version_id != version_id for stored in history):
            raise Gone(f"no version {version_id} of {key} any more")
        return withdrawn

    async def _write(
        self,
        dataset: Dataset,
        upload: Upload,
        surveyed: Survey,
        after: int,
        out_of_time: Callable[[], bool],
    ) -> int | None:
        """Write the rows; the line reached where time ran out, None once all are written."""
        reached = after
        cut_short = False
        found = await asyncio.to_thread(
            lambda: slices(self.bucket.open(upload), self.limits, surveyed, after)
        )

        async def in_time() -> AsyncIterator[Row]:
            nonlocal reached, cut_short
            async for taken in _from_thread(found):
                for row in taken:
                    yield row
                    reached = row.line
                # Asked after an empty slice as well: finding nothing takes time too.
                if out_of_time():
                    cut_short = True
                    return

        await self.table.write_rows(dataset.name, upload, in_time())
        return reached if cut_short else None

    async def _compute_impact(self, upload_id: str, dataset: Dataset) -> Impact:
        builder = ImpactBuilder(upload_id, dataset)
        months = await self.table.months(dataset.name, consistent=True)
        for year in sorted({month[:4] for month in months}):
            first, last = f"{year}-01-01", f"{year}-12-31"
            builder.add_year(await self.table.versions(dataset.name, first, last, consistent=True))
        return builder.build()

    async def _conclude(self, receipt: Receipt, dataset: Dataset | None) -> None:
        effect = None
        if self.store:
            if dataset:
                effect = await self._compute_impact(receipt.id, dataset)
            body = encoded(answers.receipt(receipt, effect))
            await asyncio.to_thread(self.store.put, f"receipts/{receipt.id}.json", body)
        written = await self.table.put_receipt(receipt)
        self.report(receipt, effect, again=not written)


def _dataset(datasets: Datasets, upload: Upload) -> Dataset:
    try:
        return datasets.of_key(upload.key)
    except UnknownDataset as error:
        raise Unreadable("unknown_dataset", str(error)) from error


async def _from_thread(found: Iterator[Sequence[Row]]) -> AsyncIterator[Sequence[Row]]:
    """The slices, read in a thread so that the requests under way go on meanwhile."""
    while (taken := await asyncio.to_thread(lambda: next(found, None))) is not None:
        yield taken
