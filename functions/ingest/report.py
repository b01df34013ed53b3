"""Log uploads and withdrawals, and count them as metrics."""

from collections.abc import Iterable
from datetime import UTC, datetime

from aws_lambda_powertools.metrics import MetricUnit

from adapters.observability import logger, metrics
from aquasense.uploads.impact import Impact
from aquasense.uploads.receipts import Receipt

COUNTS = ("dataset", "code", "accepted", "duplicated", "rejected")


def ingested(receipt: Receipt, effect: Impact | None, *, again: bool) -> None:
    """Report the receipt of an upload.

    Args:
        receipt: of the upload.
        effect: its effect; None if it was not computed.
        again: whether the receipt existed before. A repeated event is logged each time and counted
            once; its lag would be the time between the two events.
    """
    lag = (datetime.now(UTC) - datetime.fromisoformat(receipt.uploaded_at)).total_seconds()
    details = {name: getattr(receipt, name) for name in COUNTS}
    flagged = effect.looks_wrong if effect else 0
    logger.info(
        "upload",
        extra={"status": receipt.status, "flagged": flagged, "lag": round(lag, 3), "again": again}
        | details,
    )
    if again:
        metrics.add_metric("FilesRepeated", MetricUnit.Count, 1)
        return
    outcome = "FilesRejected" if receipt.code else "FilesIncorporated"
    metrics.add_metric(outcome, MetricUnit.Count, 1)
    metrics.add_metric("RowsAccepted", MetricUnit.Count, receipt.accepted)
    metrics.add_metric("RowsRejected", MetricUnit.Count, receipt.rejected)
    metrics.add_metric("RowsFlagged", MetricUnit.Count, flagged)
    # From the object's LastModified to the receipt, when the rows can be queried.
    metrics.add_metric("UploadLag", MetricUnit.Seconds, max(lag, 0.0))


def withdrawn(uploads: Iterable[str]) -> None:
    """Report each withdrawn upload under its own id."""
    for upload in uploads:
        metrics.add_metric("FilesWithdrawn", MetricUnit.Count, 1)
        logger.info("withdrawn", extra={"correlation_id": upload})
