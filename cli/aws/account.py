"""The AWS account and region of an environment, and errors of AWS in one line."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.credentials import Credentials
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ProfileNotFound,
    WaiterError,
)

from cli.aws.region import find_region
from cli.console import Failure
from cli.environment import LOCAL

# The account of each bootstrapped environment; credentials for another one are a mistake.
NOTE = LOCAL / "accounts.json"
# Error codes of credentials that have expired or do not exist.
REFUSED = {
    *("ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"),
    *("UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthFailure"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """The account and region that the current credentials give."""

    environment: str
    id: str
    region: str

    @property
    def stack(self) -> str:
        return f"aquasense-{self.environment}"

    @property
    def bootstrap_stack(self) -> str:
        return f"{self.stack}-bootstrap"

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name=self.region)  # type: ignore[call-overload]

    def outputs(self, stack: str) -> dict[str, str] | None:
        """Return a stack's outputs, or None if it does not exist."""
        description = self.describe(stack)
        return None if description is None else read_outputs(description)

    def describe(self, stack: str) -> dict[str, Any] | None:
        try:
            stacks = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return stacks[0] if stacks and stacks[0]["StackStatus"] != "DELETE_COMPLETE" else None

    def wait(self, stack: str, action: str) -> None:
        """Wait until 'create', 'update', 'import' or 'delete' of a stack is complete.

        Raises:
            Failure: it failed; the message has the first reason that AWS gives.
        """
        client = self.client("cloudformation")
        # A deleted stack is found by its id only.
        description = self.describe(stack)
        try:
            client.get_waiter(f"stack_{action}_complete").wait(StackName=stack)
        except WaiterError as error:
            events = client.describe_stack_events(
                StackName=description["StackId"] if description else stack
            )
            reasons = [
                f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
                for event in reversed(events["StackEvents"])
                if event["ResourceStatus"].endswith("_FAILED") and event.get("ResourceStatusReason")
            ]
            raise Failure(f"{stack}: {reasons[0] if reasons else error}") from error

    def save(self) -> None:
        """Record that this environment is in this account."""
        notes = _notes() | {self.environment: {"account": self.id, "region": self.region}}
        NOTE.parent.mkdir(parents=True, exist_ok=True)
        NOTE.write_text(json.dumps(notes, indent=2) + "\n")


def find(environment: str) -> Account:
    """Return the account of the current credentials, if it is that of the environment.

    Raises:
        Failure: credentials or region are missing or refused, or
            belong to another account than ACCOUNT or than the bootstrapped one.
    """
    account = Account(environment, *_identity())
    note = _notes().get(environment, {})
    expected = os.environ.get("ACCOUNT") or note.get("account", account.id)
    if expected != account.id:
        raise Failure(
            f"These credentials are for account {account.id}, but {environment} is in {expected}: "
            f"switch AWS_PROFILE, or set ACCOUNT={account.id} if it is to be here"
        )
    region = note.get("region", account.region)
    if region != account.region and not os.environ.get("ACCOUNT"):
        raise Failure(
            f"The region is {account.region}, but {environment} is in {region}: "
            f"set AWS_REGION={region}, or ACCOUNT={account.id} if it is to be here"
        )
    return account


def open_session() -> tuple[boto3.Session, Credentials]:
    """Return a session with a region, and its credentials.

    Raises:
        Failure: no region or no credentials are configured.
    """
    with readable_errors():
        region = find_region()
        if not region:
            raise Failure("No AWS region is set: set AWS_REGION or run aws configure")
        session = boto3.Session(region_name=region)
        credentials = session.get_credentials()
    if credentials is None:
        raise Failure("No AWS credentials found: set AWS_PROFILE or run aws configure")
    return session, credentials


def read_outputs(description: dict[str, Any]) -> dict[str, str]:
    """Return the outputs of a described stack by name."""
    return {item["OutputKey"]: item["OutputValue"] for item in description.get("Outputs", [])}


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn errors of AWS and of the connection to it into a Failure of one line."""
    try:
        yield
    except ClientError as error:
        detail = error.response.get("Error", {})
        code, text = detail.get("Code", "unknown"), _one_line(detail.get("Message", ""))
        if code in REFUSED:
            line = f"AWS refuses these credentials ({code}): they may have expired; get new ones"
        elif code == "ValidationError" and "does not exist" in text:
            line = f"{text}: deploy it first, or choose another with --env"
        else:
            line = f"AWS refused {error.operation_name}: {text} ({code})"
        raise Failure(line) from error
    except NoCredentialsError as error:
        raise Failure("No AWS credentials found: set AWS_PROFILE or run aws configure") from error
    except ProfileNotFound as error:
        raise Failure(f"{error}: aws configure list-profiles lists them") from error
    except (ConnectionError, HTTPClientError) as error:
        raise Failure(f"AWS cannot be reached: {_one_line(str(error))}") from error
    except BotoCoreError as error:
        # Of the configuration and of single sign-on, each with what is wrong.
        raise Failure(f"AWS cannot be used: {_one_line(str(error))}") from error


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _identity() -> tuple[str, str]:
    session, _ = open_session()
    with readable_errors():
        identity = session.client("sts").get_caller_identity()
    partition = identity["Arn"].split(":")[1]
    if partition != "aws":
        # The table's client builds its address for this partition only, and no other was tried.
        raise Failure(f"These credentials are of the partition {partition}: only aws is supported")
    return identity["Account"], session.region_name


def _notes() -> dict[str, dict[str, str]]:
    try:
        notes: dict[str, dict[str, str]] = json.loads(NOTE.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return notes
