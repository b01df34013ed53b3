"""An emulated AWS API for the session; for each test a bucket, a table and a topic of its own."""

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest

from adapters.sns import Topic, sns_client
from tests.emulated import ENVIRON, emulator
from tests.events import REGION
from tests.integration.cloud import Cloud


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Address of the emulated API; the process's environment points at nothing else."""
    with emulator() as address, pytest.MonkeyPatch.context() as patch:
        for name, value in {**ENVIRON, "AWS_ENDPOINT_URL": address}.items():
            patch.setenv(name, value)
        patch.delenv("AWS_PROFILE", raising=False)
        yield address


@pytest.fixture
def cloud(endpoint: str) -> Cloud:
    return Cloud(endpoint)


@pytest.fixture
def ingest(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The ingest function's module, working on this test's bucket and table."""
    handler = importlib.import_module("ingest.handler")
    monkeypatch.setattr(handler, "config", cloud.config)
    monkeypatch.setattr(handler, "s3", cloud.s3)
    return handler


@pytest.fixture
def notify(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The notify function's module, working on this test's table and topic."""
    handler = importlib.import_module("notify.handler")
    monkeypatch.setattr(handler, "config", cloud.config)
    topic = Topic(sns_client(REGION, cloud.endpoint), cloud.topic_arn)
    monkeypatch.setattr(handler, "topic", topic)
    return handler
