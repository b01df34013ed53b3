"""A function's module with all of Powertools that tutorials use, and boto3's clients."""

import os

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parser import parse
from aws_lambda_powertools.utilities.parser.models import S3Model, SqsModel

__all__ = [
    "IdempotencyConfig", "S3Model", "SqsModel", "idempotent_function", "parse",
    "process_partial_response",
]  # fmt: skip

logger = Logger()
metrics = Metrics()
tracer = Tracer()
s3 = boto3.client("s3")
sns = boto3.client("sns")
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
persistence = DynamoDBPersistenceLayer(table_name="idempotency")
processor = BatchProcessor(event_type=EventType.SQS)
