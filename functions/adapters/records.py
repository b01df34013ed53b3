"""Batches of records from SQS and DynamoDB streams, with partial failures."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, ExceptionInfo, FailureResponse

from adapters.observability import logger


class LoggingProcessor(BatchProcessor):
    """Log the exception of each failed record, which BatchProcessor only reports to Lambda."""

    def failure_handler(self, record: Any, exception: ExceptionInfo) -> FailureResponse:
        """Log the failure and report the record for a retry."""
        logger.error("failed, and is tried again", exc_info=exception[1])
        return super().failure_handler(record, exception)
