"""Lambda entry point: hourly schedule."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from adapters.config import Config
from adapters.observability import logger, metrics
from adapters.table import Table
from aquasense import datasets
from watch import publish
from watch.silence import Silence, find_silences
from watch.unsent import age_of_event, find_oldest_unsent

RETRY_SECONDS = 15.0

config = Config.from_env()
catalog = datasets.load_datasets(config.alert_threshold)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Publish a heartbeat, the age of the oldest unsent event, and the silence of each series."""
    now = datetime.now(UTC)
    silences, unsent = asyncio.run(_read_table(now))
    publish.publish_silences(silences)
    publish.publish_heartbeat(unsent, age_of_event(unsent, now) if unsent else 0)
    metrics.flush_metrics()


async def _read_table(now: datetime) -> tuple[list[Silence], str | None]:
    async with Table.open(config, RETRY_SECONDS) as table:
        silences = await find_silences(
            table, catalog.by_name.values(), config.silence_days, now.date()
        )
        return silences, await find_oldest_unsent(table, catalog.by_name, now.year)
