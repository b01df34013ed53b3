"""An emulated AWS API for the session; for each test a bucket, a table and a topic of its own."""

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest
from moto.server import ThreadedMotoServer

from adapters.topic import Topic, sns_client
from tests.integration.cloud import REGION, Cloud


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Address of the emulated API; the process's environment points at nothing else."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            # What the functions read when they are imported.
            "TABLE_NAME": "unset",
            "POWERTOOLS_METRICS_NAMESPACE": "AquaSense",
            "POWERTOOLS_SERVICE_NAME": "test",
        }.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def cloud(endpoint: str) -> Cloud:
    return Cloud(endpoint)


@pytest.fixture
def ingest(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The ingest function's module, working on this test's bucket and table."""
    handler = importlib.import_module("ingest.handler")
    monkeypatch.setattr(handler, "settings", cloud.settings)
    monkeypatch.setattr(handler, "s3", cloud.s3)
    return handler


@pytest.fixture
def notify(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The notify function's module, working on this test's table and topic."""
    handler = importlib.import_module("notify.handler")
    monkeypatch.setattr(handler, "settings", cloud.settings)
    topic = Topic(sns_client(REGION, cloud.endpoint), cloud.topic_arn)
    monkeypatch.setattr(handler, "topic", topic)
    return handler
