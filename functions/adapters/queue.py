"""The queue files wait in; a run that is short of time puts the rest of its file back there."""

import json
from typing import TYPE_CHECKING, Any, cast

from adapters import aws

if TYPE_CHECKING:
    from types_boto3_sqs.client import SQSClient


def sqs_client(region: str, endpoint_url: str | None) -> "SQSClient":
    """A client with timeouts and retries set, made at its first use: few files are handed on."""
    return cast("SQSClient", aws.Deferred("sqs", region, endpoint_url))


class Queue:
    """One SQS queue."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, body: dict[str, Any]) -> None:
        """Put a message into the queue."""
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(body))
