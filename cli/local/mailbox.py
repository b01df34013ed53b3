"""A queue in the local cloud that receives the alerts like a subscriber's mailbox.

The emulator accepts e-mail subscriptions but keeps no messages, so a queue subscribes as well.
Reading does not remove messages: they are printed again the next time.
"""

import json
import urllib.parse
import urllib.request
from typing import Any

FORTNIGHT = str(14 * 24 * 3600)


def subscribe(sqs: Any, sns: Any, topic_arn: str, queue: str) -> None:
    """Create the queue and subscribe it to the topic; repeating this changes nothing."""
    url = sqs.create_queue(QueueName=queue, Attributes={"MessageRetentionPeriod": FORTNIGHT})
    response = sqs.get_queue_attributes(QueueUrl=url["QueueUrl"], AttributeNames=["QueueArn"])
    arn = response["Attributes"]["QueueArn"]
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
    """Return the delivered messages, oldest first: subject, body and attributes."""
    with urllib.request.urlopen(f"{endpoint}/_ministack/sqs/messages", timeout=10) as answer:
        accounts = json.load(answer)["messages"]
    return [
        parse_envelope(json.loads(message["Body"]))
        for regions in accounts.values()
        for queues in regions.values()
        for url, messages in queues.items()
        if urllib.parse.urlsplit(url).path.rpartition("/")[2] == queue
        for message in messages
    ]


def parse_envelope(envelope: dict[str, Any]) -> dict[str, Any]:
    """Return subject, body and attributes of a message that SNS delivered to a queue."""
    attributes = envelope.get("MessageAttributes", {})
    return {
        "subject": envelope.get("Subject"),
        "body": envelope["Message"],
        "attributes": {name: attribute["Value"] for name, attribute in attributes.items()},
    }
