"""Events of S3, SQS and the table's stream, as Lambda passes them to the functions."""

import json
from typing import Any

REGION = "eu-west-1"


def s3_event(
    bucket: str,
    *objects: tuple[str, str | None],
    name: str = "ObjectCreated:Put",
    at: str = "2026-11-23T06:16:48.650Z",
) -> dict[str, Any]:
    """Return a notification about objects: (key as S3 encodes it, version id or None)."""
    return {
        "Records": [
            {
                "eventSource": "aws:s3",
                "eventName": name,
                "eventTime": at,
                "s3": {
                    "bucket": {"name": bucket},
                    "object": {"key": key} | ({"versionId": version} if version else {}),
                },
            }
            for key, version in objects
        ]
    }


def sqs_event(*bodies: Any) -> dict[str, Any]:
    """Return a batch of SQS; bodies other than strings are encoded as JSON."""
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "handle",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:000000000000:queue",
                "awsRegion": REGION,
            }
            for number, body in enumerate(bodies)
        ]
    }


def stream_event(*images: Any, name: str = "INSERT") -> dict[str, Any]:
    """Return a batch of the table's stream."""
    return {
        "Records": [
            {
                "eventID": str(number),
                "eventName": name,
                "eventSource": "aws:dynamodb",
                "awsRegion": REGION,
                "dynamodb": {
                    "Keys": {"pk": image["pk"], "sk": image["sk"]},
                    "NewImage": image,
                    "SequenceNumber": f"{number + 1:021d}",
                    "StreamViewType": "NEW_IMAGE",
                },
            }
            for number, image in enumerate(images)
        ]
    }


class Context:
    """The members of Lambda's context that the functions read."""

    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = f"arn:aws:lambda:{REGION}:000000000000:function:function"
    aws_request_id = "request"

    def __init__(self, milliseconds: int = 120_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds
