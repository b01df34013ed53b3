"""The one place Powertools' objects are made; service and namespace come from the environment.

Every log line about an upload has its id as correlation_id, in whichever function it is written:
the id is in the receipt and in the alert as well, so one search finds all of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics()


@contextmanager
def logged() -> Iterator[None]:
    """Log what goes wrong with one record of a batch, and let it be tried again.

    The batch processor reports such a record to Lambda and says nothing about it in the log.
    """
    try:
        yield
    except Exception:
        logger.exception("failed, and is tried again")
        raise
