"""Print the alerts sent in the local cloud."""

import json
import sys

from cli.console import Failure, print_json
from cli.local import mailbox, running


def print_mail(cloud_port: int | None, *, as_json: bool) -> None:
    """Print the published alerts, oldest first: one object per line, or one JSON list."""
    cloud = running.find(cloud_port)
    try:
        messages = mailbox.read(cloud.endpoint, cloud.mail_queue)
    except OSError as error:
        raise Failure(f"The local cloud at {cloud.endpoint} does not answer: {error}") from error
    if as_json:
        print_json(messages)
        return
    for message in messages:
        sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
