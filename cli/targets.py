"""The stack that a verb works on: in the local cloud or in an AWS account."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp
import click
from aiodynamo.errors import AIODynamoError, TableNotFound
from aiodynamo.http.types import RequestFailed
from botocore.exceptions import ClientError

from adapters.config import Config
from cli.aws import account
from cli.aws.account import Account
from cli.console import Failure
from cli.environment import local_env
from cli.local import running


@dataclass(frozen=True, slots=True)
class Target:
    """A deployed stack and the endpoint of its AWS API (None: AWS itself)."""

    stack: str
    region: str
    endpoint: str | None
    outputs: dict[str, str]

    @property
    def config(self) -> Config:
        """Return the config of the stack's functions that the tools need."""
        return Config.from_env(
            {
                "TABLE_NAME": self.outputs["TableName"],
                "RECEIPTS_BUCKET": self.outputs["ReceiptsBucketName"],
                "ALERT_TOPIC_ARN": self.outputs["AlertTopicArn"],
                "ALERT_THRESHOLD": self.outputs["ThresholdInForce"],
                "API_URL": self.outputs.get("Url", ""),
                "AWS_REGION": self.region,
                "AWS_ENDPOINT_URL": self.endpoint or "",
            }
        )


def find(environment: str, cloud_port: int | None = None) -> Target:
    """Return the stack of an environment, and point this process's AWS clients to its account.

    Raises:
        Failure: nothing runs or is deployed there, or the credentials are refused.
    """
    if environment != "local":
        return connect(account.find(environment))
    cloud = running.find(cloud_port)
    use_local(cloud.endpoint)
    return Target(cloud.stack, cloud.region, cloud.endpoint, cloud.outputs)


def use_local(endpoint: str) -> None:
    """Point this process's AWS clients to the local cloud, and to nothing else."""
    env = local_env(endpoint)
    for name in os.environ.keys() - env.keys():
        del os.environ[name]
    os.environ.update(env)


def connect(here: Account) -> Target:
    """Return the stack of an account, and give its credentials to this process's AWS clients.

    Raises:
        Failure: it is not deployed, nothing of it runs, or the credentials are refused.
    """
    with readable_errors():
        _, credentials = account.open_session()
        [stack] = here.client("cloudformation").describe_stacks(StackName=here.stack)["Stacks"]
        # The table's client knows fewer sources of credentials than boto3 (no single sign-on).
        frozen = credentials.get_frozen_credentials()
    os.environ["AWS_ACCESS_KEY_ID"] = frozen.access_key or ""
    os.environ["AWS_SECRET_ACCESS_KEY"] = frozen.secret_key or ""
    os.environ.pop("AWS_SESSION_TOKEN", None)
    if frozen.token:
        os.environ["AWS_SESSION_TOKEN"] = frozen.token
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    outputs = account.read_outputs(stack)
    if "TableName" not in outputs:
        raise Failure(
            f"{here.stack} is {stack['StackStatus']}, and nothing of it runs: ./aquasense status "
            f"--env {here.environment} says what to do"
        )
    return Target(here.stack, here.region, endpoint, outputs)


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn errors of AWS, of the table's client and of the network into a Failure."""
    try:
        with account.readable_errors():
            try:
                yield
            except ClientError as error:
                # Of the commands that read all items.
                if (
                    error.operation_name == "Scan"
                    and error.response["Error"]["Code"] == "ResourceNotFoundException"
                ):
                    raise _missing_table() from error
                raise
    except TableNotFound as error:
        raise _missing_table() from error
    except (AIODynamoError, RequestFailed, aiohttp.ClientError, OSError) as error:
        raise Failure(f"The table cannot be read: {str(error) or repr(error)}") from error


def _missing_table() -> Failure:
    context = click.get_current_context(silent=True)
    option = f"--env {context.params.get('environment', '…') if context else '…'}"
    return Failure(
        f"The table is missing: ./aquasense deploy {option} creates another, and ./aquasense "
        f"rebuild {option} fills it (docs/runbook.md, Lost table)"
    )
