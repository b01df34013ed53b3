"""Publish the results of a run as log lines and metrics."""

from collections.abc import Iterable

from aws_lambda_powertools import single_metric
from aws_lambda_powertools.metrics import MetricUnit

from adapters.observability import logger, metrics
from watch.silence import Silence


def publish_heartbeat(event_id: str | None, seconds: float) -> None:
    """Publish that the run succeeded, and the age of the oldest unsent event.

    Args:
        event_id: of the oldest unsent event; None if all are sent.
        seconds: its age; 0 if all are sent.
    """
    if event_id:
        logger.info("oldest unsent event", extra={"event": event_id, "seconds": seconds})
    metrics.add_metric("Heartbeat", MetricUnit.Count, 1)
    metrics.add_metric("OldestUnsentAge", MetricUnit.Seconds, seconds)


def publish_silences(silences: Iterable[Silence]) -> None:
    """Publish the days since the last reading of each series; nothing without a series."""
    silent = []
    for silence in silences:
        details = {"dataset": silence.dataset, "last": silence.last, "days": silence.days}
        log = logger.warning if silence.too_long else logger.info
        log("silent for too long" if silence.too_long else "last reading", extra=details)
        # Without a dimension: the maximum of all datasets.
        metrics.add_metric("DaysSinceReading", MetricUnit.Count, silence.days)
        # By dataset: the lines of the dashboard.
        with single_metric("DaysSinceReading", MetricUnit.Count, silence.days) as metric:
            metric.add_dimension("dataset", silence.dataset)
        silent.append(silence.too_long)
    if silent:
        # Limits differ between datasets: the alarm watches the number of silent ones.
        metrics.add_metric("SilentDatasets", MetricUnit.Count, sum(silent))
