"""The environment variables of whatever talks to the local cloud."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
REGION = "eu-west-1"
# What the emulated account's number follows from when the access key is not twelve digits.
ACCOUNT = "000000000000"


def local_env(endpoint: str) -> dict[str, str]:
    """This process's environment, without a trace of the user's own AWS account."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PYTHON", "VIRTUAL_ENV", "MAKE", "MINISTACK"))
    }
    loopback = "127.0.0.1,localhost"
    return env | {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), loopback])),
        "no_proxy": ",".join(filter(None, [os.environ.get("no_proxy"), loopback])),
    }
