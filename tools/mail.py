"""Print the alerts sent in the local cloud, one JSON object per line."""

import json
import sys

from tools import mailbox, running
from tools.console import Failure, run_tool


def main() -> int:
    cloud = running.find()
    try:
        messages = mailbox.read(cloud.endpoint, cloud.mail_queue)
    except OSError as error:
        raise Failure(f"The local cloud at {cloud.endpoint} does not answer: {error}") from error
    for message in messages:
        sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    run_tool(main)
