"""Lambda entry point: the hourly schedule."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import single_metric
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.settings import Settings
from adapters.table import Table
from adapters.telemetry import logger, metrics
from aquasense import datasets
from watch.silence import Silence, silences

PATIENCE = 15.0

settings = Settings.from_env()
known = datasets.load(settings.alert_threshold)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Measure how long each series has been silent."""
    found = asyncio.run(_silences())
    for silence in found:
        details = {"dataset": silence.dataset, "last": silence.last, "days": silence.days}
        log = logger.warning if silence.too_long else logger.info
        log("silent for too long" if silence.too_long else "last reading", extra=details)
    # Without a single reading anywhere there is nothing to say.
    if found:
        _measure(found)


async def _silences() -> list[Silence]:
    today = datetime.now(UTC).date()
    async with Table.open(settings, PATIENCE) as table:
        return await silences(table, known.by_name.values(), settings.silence_days, today)


def _measure(found: Iterable[Silence]) -> None:
    for silence in found:
        # Of these, over all datasets, CloudWatch can take the maximum...
        metrics.add_metric("DaysSinceReading", MetricUnit.Count, silence.days)
        # ...and each dataset has a line of its own in the dashboard.
        with single_metric("DaysSinceReading", MetricUnit.Count, silence.days) as own:
            own.add_dimension("dataset", silence.dataset)
    # Datasets are surveyed at their own pace, so each is judged by its own number of days and the
    # alarm watches how many are silent.
    metrics.add_metric("SilentDatasets", MetricUnit.Count, sum(one.too_long for one in found))
    metrics.flush_metrics()
