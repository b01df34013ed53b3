"""The SNS topic of the alerts."""

from typing import TYPE_CHECKING, cast

from adapters import aws

if TYPE_CHECKING:
    from types_boto3_sns.client import SNSClient

    from aquasense.alerting.email import Email


def sns_client(region: str, endpoint_url: str | None) -> "SNSClient":
    """Return a client that is created at its first use, because few uploads alert."""
    return cast("SNSClient", aws.LazyClient("sns", region, endpoint_url))


class Topic:
    """One SNS topic."""

    def __init__(self, client: "SNSClient", arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, message: "Email") -> None:
        """Publish the message."""
        self._client.publish(
            TopicArn=self._arn,
            Subject=message.subject,
            Message=message.body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in message.attributes.items()
            },
        )
