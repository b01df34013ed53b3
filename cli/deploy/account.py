"""The AWS account of an environment, checked against the credentials."""

import json
import os
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from cli.console import Failure
from cli.environment import LOCAL

# The account of each bootstrapped environment; credentials for another one are a mistake.
NOTE = LOCAL / "accounts.json"


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
        if description is None:
            return None
        outputs = description.get("Outputs", [])
        return {item["OutputKey"]: item["OutputValue"] for item in outputs}

    def describe(self, stack: str) -> dict[str, Any] | None:
        try:
            stacks = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return stacks[0] if stacks and stacks[0]["StackStatus"] != "DELETE_COMPLETE" else None

    def wait(self, stack: str, action: str) -> None:
        """Wait until 'create', 'update' or 'delete' of a stack is complete.

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
            f"switch AWS_PROFILE, or say ACCOUNT={account.id} if it is to be here"
        )
    region = note.get("region", account.region)
    if region != account.region and not os.environ.get("ACCOUNT"):
        raise Failure(
            f"The region is {account.region}, but {environment} is in {region}: set AWS_REGION"
        )
    return account


def open_session() -> tuple[boto3.Session, Credentials]:
    """Return a session with a region, and its credentials.

    Raises:
        Failure: no region or no credentials are configured.
    """
    session = boto3.Session()
    if session.region_name is None:
        raise Failure("No AWS region is set: set AWS_REGION or run aws configure")
    credentials = session.get_credentials()
    if credentials is None:
        raise Failure("No AWS credentials found: set AWS_PROFILE or run aws configure")
    return session, credentials


def _identity() -> tuple[str, str]:
    session, _ = open_session()
    try:
        return session.client("sts").get_caller_identity()["Account"], session.region_name
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        raise Failure(
            f"AWS refuses these credentials ({code}): they may have expired; get new ones"
        ) from error
    except BotoCoreError as error:
        raise Failure(f"AWS cannot be reached: {error}") from error


def _notes() -> dict[str, dict[str, str]]:
    try:
        notes: dict[str, dict[str, str]] = json.loads(NOTE.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return notes
