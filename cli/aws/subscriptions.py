"""E-mail subscriptions that wait for confirmation, or waited too long."""

from collections.abc import Iterator
from typing import Any

from cli.aws.account import Account

# Outputs of the stack that are topics.
TOPICS = {"AlertTopicArn": "alerts", "OperatorsTopicArn": "alarms"}
# The subscriptions of the templates: parameter with the address, and output with the topic.
SUBSCRIPTIONS = {
    "AlertSubscription": ("AlertEmail", "AlertTopicArn"),
    "OperatorsSubscription": ("OperatorsEmail", "OperatorsTopicArn"),
}


def list_unconfirmed(here: Account, outputs: dict[str, str]) -> list[str]:
    """Return the recipients that have not confirmed, as text with a shortened address.

    SNS sends nothing to them, and forgets them after two days.
    """
    return [
        f"{_shorten(subscription['Endpoint'])} for {purpose}, by the link in the mail from AWS"
        for output, purpose in TOPICS.items()
        if output in outputs
        for subscription in _list_of_topic(here, outputs[output])
        if subscription["SubscriptionArn"] == "PendingConfirmation"
    ]


def list_expired(here: Account, outputs: dict[str, str]) -> list[str]:
    """Return the recipients that were not confirmed in time, with what subscribes them again.

    CloudFormation still has such a subscription, and does not create it again. A topic with another
    e-mail subscription counts as repaired.
    """
    client = here.client("sns")
    expired = []
    for logical, arn in _list_deployed(here):
        parameter, output = SUBSCRIPTIONS[logical]
        try:
            client.get_subscription_attributes(SubscriptionArn=arn)
        except client.exceptions.NotFoundException:
            of_topic = _list_of_topic(here, outputs[output])
            if any(subscription["Protocol"] == "email" for subscription in of_topic):
                continue
            expired.append(
                f"{parameter} gets no {TOPICS[output]}, its subscription has expired: aws sns "
                f"subscribe --topic-arn {outputs[output]} --protocol email "
                "--notification-endpoint ADDRESS"
            )
    return expired


def _list_of_topic(here: Account, topic: str) -> Iterator[dict[str, Any]]:
    pages = here.client("sns").get_paginator("list_subscriptions_by_topic")
    for page in pages.paginate(TopicArn=topic):
        yield from page["Subscriptions"]


def _list_deployed(here: Account) -> Iterator[tuple[str, str]]:
    """Yield the logical id and the ARN of each subscription of the templates."""
    pages = here.client("cloudformation").get_paginator("list_stack_resources")
    stacks = [here.stack]
    for stack in stacks:
        for page in pages.paginate(StackName=stack):
            for resource in page["StackResourceSummaries"]:
                logical, physical = resource["LogicalResourceId"], resource["PhysicalResourceId"]
                if logical == "Operations":
                    stacks.append(physical)
                elif logical in SUBSCRIPTIONS:
                    yield logical, physical


def _shorten(address: str) -> str:
    """Hide most of an address, since logs of a pipeline can be public."""
    user, at, domain = address.partition("@")
    return f"{user[:1]}…{at}{domain}"
