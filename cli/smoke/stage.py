"""The stack of a rehearsal: its outputs, its API, and the messages that its topic delivers."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cli import targets
from cli.aws.account import Account
from cli.console import Failure
from cli.local import mailbox

PAUSE_SECONDS = 2.0


@dataclass(slots=True)
class Stage:
    """What the steps of a rehearsal share.

    Attributes:
        here: the account, with the environment of the rehearsal.
        settings: parameters of template.yaml as NAME=VALUE.
        containers: whether the API is deployed in containers too.
        patience: seconds to wait for an effect.
        alarm_patience: seconds to wait for alarms; AWS evaluates them every minute.
        mails: the messages that were received.
    """

    here: Account
    settings: tuple[str, ...] = ()
    containers: bool = False
    patience: float = 300.0
    alarm_patience: float = 1200.0
    mails: list[dict[str, Any]] = field(default_factory=list)

    @property
    def target(self) -> targets.Target:
        return targets.connect(self.here)

    @property
    def outputs(self) -> dict[str, str]:
        return self.here.outputs(self.here.stack) or {}

    @property
    def mail_queue(self) -> str:
        """Return the name of the queue that is subscribed to the alerts."""
        return f"{self.here.stack}-mail"

    def list_addresses(self) -> list[str]:
        """Return the addresses of the API: of API Gateway and of the balancer."""
        outputs, endpoint = self.outputs, self.target.endpoint
        addresses = [outputs[name] for name in ("HttpApiUrl", "BalancerUrl") if name in outputs]
        if not endpoint:
            return addresses
        # The emulator serves API Gateway under its own address.
        apis = (address.partition("//")[2].partition(".")[0] for address in addresses)
        return [f"{endpoint}/_aws/execute-api/{api}/$default" for api in apis]

    def receive_mails(self) -> list[dict[str, Any]]:
        """Return all messages so far: subject, body and attributes."""
        sqs = self.here.client("sqs")
        url = sqs.get_queue_url(QueueName=self.mail_queue)["QueueUrl"]
        while messages := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1
        ).get("Messages"):
            for message in messages:
                self.mails.append(mailbox.parse_envelope(json.loads(message["Body"])))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return self.mails

    def expect(self, name: str, expected: Any, read: Callable[[], Any]) -> None:
        """Wait until a value is as expected.

        Raises:
            Failure: it is not in time.
        """
        deadline = time.monotonic() + self.patience
        while (value := read()) != expected:
            if time.monotonic() > deadline:
                raise Failure(f"{name}: {value}, not {expected}")
            time.sleep(min(PAUSE_SECONDS, self.patience))


def get(address: str, path: str) -> tuple[int, Any]:
    """Request a path, and return the status and the parsed body."""
    try:
        with urllib.request.urlopen(address + path, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, None
    except OSError as error:
        return 0, str(error)
