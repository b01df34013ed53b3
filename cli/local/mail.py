"""Print the alerts sent in the local cloud, one JSON object per line."""

import json
import sys

from cli.console import Failure
from cli.local import mailbox, running


def print_mail(cloud_port: int | None) -> None:
    """Print the published alerts, oldest first."""
    cloud = running.find(cloud_port)
    try:
        messages = mailbox.read(cloud.endpoint, cloud.mail_queue)
    except OSError as error:
        raise Failure(f"The local cloud at {cloud.endpoint} does not answer: {error}") from error
    for message in messages:
        sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
    sys.stdout.flush()
