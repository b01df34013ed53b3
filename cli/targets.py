"""The stack that a verb works on: in the local cloud or in an AWS account."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp
from aiodynamo.errors import AIODynamoError
from aiodynamo.http.types import RequestFailed
from botocore.exceptions import BotoCoreError, ClientError

from adapters.config import Config
from cli.console import Failure
from cli.deploy import account
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
        return _deployed(f"aquasense-{environment}")
    cloud = running.find(cloud_port)
    use_local(cloud.endpoint)
    return Target(cloud.stack, cloud.region, cloud.endpoint, cloud.outputs)


def use_local(endpoint: str) -> None:
    """Point this process's AWS clients to the local cloud, and to nothing else."""
    env = local_env(endpoint)
    for name in os.environ.keys() - env.keys():
        del os.environ[name]
    os.environ.update(env)


def _deployed(stack: str) -> Target:
    with readable_errors():
        session, credentials = account.open_session()
        description = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        # The table's client knows fewer sources of credentials than boto3 (no single sign-on).
        frozen = credentials.get_frozen_credentials()
    os.environ["AWS_ACCESS_KEY_ID"] = frozen.access_key or ""
    os.environ["AWS_SECRET_ACCESS_KEY"] = frozen.secret_key or ""
    os.environ.pop("AWS_SESSION_TOKEN", None)
    if frozen.token:
        os.environ["AWS_SESSION_TOKEN"] = frozen.token
    outputs = {item["OutputKey"]: item["OutputValue"] for item in description.get("Outputs", [])}
    return Target(stack, session.region_name, os.environ.get("AWS_ENDPOINT_URL"), outputs)


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn errors of AWS and of the network into a Failure."""
    try:
        yield
    except ClientError as error:
        detail = error.response.get("Error", {})
        code, text = detail.get("Code", "unknown"), detail.get("Message", "")
        if code == "ValidationError" and "does not exist" in text:
            raise Failure(f"{text}: deploy it first, or choose another with --env") from error
        raise Failure(f"AWS refused {error.operation_name}: {text} ({code})") from error
    except BotoCoreError as error:
        raise Failure(f"AWS cannot be reached: {error}") from error
    except (AIODynamoError, RequestFailed, aiohttp.ClientError, OSError) as error:
        raise Failure(f"The table cannot be read: {str(error) or repr(error)}") from error
