"""E-mail subscriptions that wait for confirmation."""

from cli.aws.account import Account

# Outputs of the stack that are topics.
TOPICS = {"AlertTopicArn": "alerts", "OperatorsTopicArn": "alarms"}


def list_unconfirmed(here: Account, outputs: dict[str, str]) -> list[str]:
    """Return the recipients that have not confirmed, as text with a shortened address.

    SNS sends nothing to them, and forgets them after two days.
    """
    client = here.client("sns")
    return [
        f"{_shorten(subscription['Endpoint'])} for {purpose}, by the link in the mail from AWS"
        for output, purpose in TOPICS.items()
        if output in outputs
        for page in client.get_paginator("list_subscriptions_by_topic").paginate(
            TopicArn=outputs[output]
        )
        for subscription in page["Subscriptions"]
        if subscription["SubscriptionArn"] == "PendingConfirmation"
    ]


def _shorten(address: str) -> str:
    """Hide most of an address, since logs of a pipeline can be public."""
    user, at, domain = address.partition("@")
    return f"{user[:1]}…{at}{domain}"
