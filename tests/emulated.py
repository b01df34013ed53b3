"""An emulated AWS API with the environment and table of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.server import ThreadedMotoServer

from cli.environment import CREDENTIALS

# Read by the functions at import.
ENVIRON = CREDENTIALS | {
    "TABLE_NAME": "unset",
    "POWERTOOLS_METRICS_NAMESPACE": "AquaSense",
    "POWERTOOLS_SERVICE_NAME": "test",
}


@contextmanager
def emulator() -> Iterator[str]:
    """Run an emulated AWS API in a thread and yield its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


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
