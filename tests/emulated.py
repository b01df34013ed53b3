"""An emulated AWS API with the environment and table of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cli.environment import CREDENTIALS
from cli.local.cloud import LocalCloud
from cli.process import free_port

# Read by the functions at import.
ENVIRON = CREDENTIALS | {
    "TABLE_NAME": "unset",
    "POWERTOOLS_METRICS_NAMESPACE": "AquaSense",
    "POWERTOOLS_SERVICE_NAME": "test",
}


@contextmanager
def emulator() -> Iterator[str]:
    """Run an empty emulated AWS in its own process and yield its address."""
    with TemporaryDirectory() as folder, LocalCloud(free_port(), Path(folder)) as cloud:
        yield cloud.endpoint


def create_table(dynamodb: Any, name: str) -> None:
    """Create a table with the keys of the template."""
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
