"""A queue that stands in for the mailbox of a subscriber to the alerts, in the local cloud.

The emulator accepts e-mail subscriptions but keeps no messages, so a queue subscribes as well.
It is looked into without receiving: what was printed once is printed again the next time.
"""

import json
import urllib.parse
import urllib.request
from typing import Any

FORTNIGHT = str(14 * 24 * 3600)


def subscribe(sqs: Any, sns: Any, topic_arn: str, queue: str) -> None:
    """Make the queue, and have the topic deliver to it. Again changes nothing."""
    url = sqs.create_queue(QueueName=queue, Attributes={"MessageRetentionPeriod": FORTNIGHT})
    wanted = sqs.get_queue_attributes(QueueUrl=url["QueueUrl"], AttributeNames=["QueueArn"])
    arn = wanted["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url["QueueUrl"], Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)


def read(endpoint: str, queue: str) -> list[dict[str, Any]]:
    """The messages delivered so far, oldest first: subject, body and attributes."""
    with urllib.request.urlopen(f"{endpoint}/_ministack/sqs/messages", timeout=10) as answer:
        accounts = json.load(answer)["messages"]
    return [
        _mail(json.loads(message["Body"]))
        for regions in accounts.values()
        for queues in regions.values()
        for url, messages in queues.items()
        if urllib.parse.urlsplit(url).path.rpartition("/")[2] == queue
        for message in messages
    ]


def _mail(envelope: dict[str, Any]) -> dict[str, Any]:
    attributes = envelope.get("MessageAttributes", {})
    return {
        "subject": envelope.get("Subject"),
        "body": envelope["Message"],
        "attributes": {name: attribute["Value"] for name, attribute in attributes.items()},
    }
