"""Lambda entry point: hourly schedule."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import single_metric
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.config import Config
from adapters.observability import logger, metrics
from adapters.table import Table
from aquasense import datasets
from watch.silence import Silence, find_silences

RETRY_SECONDS = 15.0

config = Config.from_env()
catalog = datasets.load_datasets(config.alert_threshold)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Publish the number of days since the last reading of each series."""
    silences = asyncio.run(_find_silences())
    for silence in silences:
        details = {"dataset": silence.dataset, "last": silence.last, "days": silence.days}
        log = logger.warning if silence.too_long else logger.info
        log("silent for too long" if silence.too_long else "last reading", extra=details)
    if silences:
        _publish_metrics(silences)


async def _find_silences() -> list[Silence]:
    today = datetime.now(UTC).date()
    async with Table.open(config, RETRY_SECONDS) as table:
        return await find_silences(table, catalog.by_name.values(), config.silence_days, today)


def _publish_metrics(silences: Iterable[Silence]) -> None:
    for silence in silences:
        # Without a dimension: the maximum of all datasets.
        metrics.add_metric("DaysSinceReading", MetricUnit.Count, silence.days)
        # By dataset: the lines of the dashboard.
        with single_metric("DaysSinceReading", MetricUnit.Count, silence.days) as metric:
            metric.add_dimension("dataset", silence.dataset)
    # Limits differ between datasets: the alarm watches the number of silent ones.
    metrics.add_metric(
        "SilentDatasets", MetricUnit.Count, sum(silence.too_long for silence in silences)
    )
    metrics.flush_metrics()
