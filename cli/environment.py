"""Environment and clients that reach the local cloud, and nothing else."""

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session

from cli.console import Failure

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
REGION = "eu-west-1"
# What an AWS client needs to reach an emulator, and nothing of the user's own account.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def local_env(endpoint: str) -> dict[str, str]:
    """Return this process's environment without the user's AWS config."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PYTHON", "VIRTUAL_ENV", "MAKE", "MINISTACK"))
    }
    loopback = "127.0.0.1,localhost"
    return (
        env
        | CREDENTIALS
        | {
            "AWS_ENDPOINT_URL": endpoint,
            "SAM_CLI_TELEMETRY": "0",
            # Seconds between two looks at a deployment; the default is 5.
            "SAM_CLI_POLL_DELAY": "0.3",
            "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), loopback])),
            "no_proxy": ",".join(filter(None, [os.environ.get("no_proxy"), loopback])),
        }
    )


@cache
def client(service: str, endpoint: str) -> Any:
    """Return a boto3 client of the local cloud, independent of the user's AWS config."""
    session = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    return boto3.Session(
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name=REGION,
        botocore_session=session,
    ).client(service, endpoint_url=endpoint)  # type: ignore[call-overload]


def program(environment: str, name: str) -> str:
    """Return the path of a program in an environment, which is created where needed.

    Raises:
        Failure: it cannot be created.
    """
    command = ["make", "--no-print-directory", "--silent", f"{environment}/.ready"]
    if subprocess.run(command, cwd=ROOT, env=_without_make(), check=False).returncode != 0:
        raise Failure(f"{environment} cannot be created, as said above")
    return str(ROOT / environment / "bin" / name)


def _without_make() -> dict[str, str]:
    """Return the environment without the variables of a make that runs this program."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
