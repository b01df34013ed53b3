"""The queue files wait in; a run that is short of time puts the rest of its file back there."""

import json
from typing import TYPE_CHECKING, Any

import boto3

from adapters.bucket import CONFIG

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient


def sqs_client(region: str, endpoint_url: str | None) -> "SQSClient":
    """A client with timeouts and retries set; credentials come from the usual chain."""
    return boto3.client("sqs", region_name=region, endpoint_url=endpoint_url, config=CONFIG)


class Queue:
    """One SQS queue."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: dict[str, Any]) -> None:
        """Put a message into the queue."""
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(body))
