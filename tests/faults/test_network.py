"""Throttling, errors, timeouts, resets and lost responses of each service."""

import contextlib
import importlib

import boto3
import botocore.config
import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError

from adapters import aws, dynamodb
from adapters.config import Config
from adapters.s3 import ObjectStore
from adapters.sns import Topic
from tests.events import REGION, Context, sqs_event, stream_event
from tests.faults.proxy import KINDS, PARTLY, STALLED, FaultyProxy
from tests.faults.scene import Scene
from tests.integration.cloud import NONE_FAILED
from tests.support import csv

pytestmark = [
    pytest.mark.faults,
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]
SHORT_TIMEOUTS = botocore.config.Config(connect_timeout=1, read_timeout=0.4)
ATTEMPTS = 30


@pytest.fixture
def proxy(emulator):
    with FaultyProxy(emulator.endpoint) as proxy:
        yield proxy


@pytest.fixture
def through(proxy, credentials, monkeypatch):
    """Run the functions of a scene through the proxy, with short timeouts."""
    ingest, notify = (importlib.import_module(f"{name}.handler") for name in ("ingest", "notify"))
    monkeypatch.setattr(dynamodb, "TOTAL_TIMEOUT", 0.4)
    clients = {}
    for name in ("s3", "sns"):
        config = aws.create_client(name, REGION, proxy.endpoint).meta.config.merge(SHORT_TIMEOUTS)
        clients[name] = boto3.client(
            name, region_name=REGION, endpoint_url=proxy.endpoint, config=config
        )

    def run(job):
        config = Config.from_env(job["env"] | {"AWS_ENDPOINT_URL": proxy.endpoint})
        for module in (ingest, notify):
            monkeypatch.setattr(module, "config", config)
        monkeypatch.setattr(ingest, "s3", clients["s3"])
        monkeypatch.setattr(ingest, "store", ObjectStore(clients["s3"], config.receipts_bucket))
        monkeypatch.setattr(ingest, "RETRY_SECONDS", 2.0)
        monkeypatch.setattr(notify, "RETRY_SECONDS", 2.0)
        monkeypatch.setattr(notify, "topic", Topic(clients["sns"], config.alert_topic_arn))
        module = {"ingest": ingest, "notify": notify}[job["function"]]
        return {"answer": module.lambda_handler(job["event"], Context())}

    return run


@pytest.fixture
def uploads(cloud):
    """Upload four files: an alert, a correction of half of it, a second alert, a rejected file."""
    days = [f"{year}/{month}/{day},20,0.{day:02d}" for year in (2001, 2002)
            for month in range(1, 13) for day in range(1, 15)]  # fmt: skip
    contents = [
        csv("2022/12/1,15,0.6", "2022/12/7,15,0.9"),
        csv("2022/12/1,15,0.2", *days),
        csv("2022/12/9,15,0.7"),
        b"%PDF",
    ]
    return [cloud.put_event("a.csv", content) for content in contents]


def process(scene, uploads):
    """Ingest and announce each upload until it succeeds; return the number of retries."""
    retries = 0
    for upload in uploads:
        retries += retry(scene, "ingest", sqs_event(upload))
        retries += retry(scene, "notify", stream_event(*scene.records()))
    return retries


def retry(scene, function, event):
    for attempt in range(ATTEMPTS):
        # If every message of a batch failed, the function raises, and the batch is redelivered.
        with contextlib.suppress(BatchProcessingError):
            if scene.job(function, event)["answer"] == NONE_FAILED:
                return attempt
    raise AssertionError(f"{function} did not succeed in {ATTEMPTS} attempts")


@pytest.fixture
def calm(cloud, through, uploads):
    scene = Scene(cloud, through)
    assert process(scene, uploads) == 0
    mails = scene.mails()
    assert len(mails) == 3
    return scene.projection(), mails


@pytest.mark.parametrize("service", ["DynamoDB", "S3", "SNS"])
@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_of_fault_of_one_service(cloud, proxy, through, uploads, calm, service, kind):
    if kind == PARTLY and service != "DynamoDB":
        pytest.skip("only DynamoDB processes part of a batch")
    expected, mails = calm
    scene = Scene(cloud, through)
    proxy.kinds = (kind,)
    likelihood = {"DynamoDB": 0.15, "S3": 0.3, "SNS": 0.6}[service]
    proxy.likelihood = {service: likelihood / 2 if kind == STALLED else likelihood}
    process(scene, uploads)
    proxy.likelihood = {}
    check(scene, expected, mails)
    assert kind == STALLED or proxy.injected[service, kind] > 0


@pytest.mark.parametrize("seed", range(4))
def test_every_kind_of_fault_of_every_service(cloud, proxy, through, uploads, calm, seed):
    expected, mails = calm
    scene = Scene(cloud, through)
    proxy._chance.seed(seed)
    proxy.likelihood = {"DynamoDB": 0.15, "S3": 0.15, "SNS": 0.4}
    process(scene, uploads)
    proxy.likelihood = {}
    assert sum(proxy.injected.values()) > 5
    check(scene, expected, mails)


def check(scene, expected, mails):
    """Assert the table and the messages, of which identical copies are allowed."""
    assert scene.projection() == expected
    assert list(dict.fromkeys(scene.mails())) == mails
