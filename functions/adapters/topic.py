"""The topic alerts are published to."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_sns.client import SNSClient

    from aquasense.mail import Message

CONFIG = Config(
    connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4}
)


def sns_client(region: str, endpoint_url: str | None) -> "SNSClient":
    """A client with timeouts and retries set; credentials come from the usual chain."""
    return boto3.client("sns", region_name=region, endpoint_url=endpoint_url, config=CONFIG)


class Topic:
    """One SNS topic."""

    def __init__(self, client: "SNSClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, message: "Message") -> None:
        """Hand the message to every subscriber."""
        self._client.publish(
            TopicArn=self._arn,
            Subject=message.subject,
            Message=message.body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in message.attributes.items()
            },
        )
