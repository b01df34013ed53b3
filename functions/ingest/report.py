"""Write the log records and metrics of uploads and withdrawals."""

from collections.abc import Iterable
from datetime import UTC, datetime

from aws_lambda_powertools.metrics import MetricUnit

from adapters.observability import logger, metrics
from aquasense.uploads.impact import Impact
from aquasense.uploads.receipts import Receipt

LOGGED = ("status", "dataset", "code", "accepted", "duplicated", "rejected")


def report_receipt(receipt: Receipt, impact: Impact | None, *, repeated: bool) -> None:
    """Log the outcome of an upload, and count it once.

    Args:
        receipt: of the upload.
        impact: of the upload; None if it was not computed.
        repeated: whether the receipt existed before; the event is then logged and not counted,
            because its lag would include the time since the first delivery.
    """
    lag = (datetime.now(UTC) - datetime.fromisoformat(receipt.uploaded_at)).total_seconds()
    flagged = impact.looks_wrong if impact else 0
    details = {name: getattr(receipt, name) for name in LOGGED}
    details |= {"flagged": flagged, "lag": round(lag, 3), "again": repeated}
    logger.info("upload", extra=details)
    if repeated:
        metrics.add_metric("FilesRepeated", MetricUnit.Count, 1)
        return
    outcome = "FilesRejected" if receipt.code else "FilesIncorporated"
    metrics.add_metric(outcome, MetricUnit.Count, 1)
    metrics.add_metric("RowsAccepted", MetricUnit.Count, receipt.accepted)
    metrics.add_metric("RowsRejected", MetricUnit.Count, receipt.rejected)
    metrics.add_metric("RowsFlagged", MetricUnit.Count, flagged)
    # From LastModified of the object to the receipt.
    metrics.add_metric("UploadLag", MetricUnit.Seconds, max(lag, 0.0))


def report_withdrawals(upload_ids: Iterable[str]) -> None:
    """Log and count withdrawn uploads; the correlation id of each record is the upload id."""
    for upload_id in upload_ids:
        metrics.add_metric("FilesWithdrawn", MetricUnit.Count, 1)
        logger.info("withdrawn", extra={"correlation_id": upload_id})
