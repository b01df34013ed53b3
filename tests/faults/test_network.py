"""Throttling, errors, timeouts, resets and lost answers from each service, between any two."""

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
from tests.faults.proxy import KINDS, PARTLY, STALLED, FaultyProxy
from tests.faults.scene import NONE_FAILED, Scene, put_event
from tests.integration.cloud import REGION, Context, sqs_event, stream_event
from tests.support import csv

pytestmark = [
    pytest.mark.faults,
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]
IMPATIENT = botocore.config.Config(connect_timeout=1, read_timeout=0.4)
ATTEMPTS = 30


@pytest.fixture
def proxy(emulator):
    with FaultyProxy(emulator.endpoint) as proxy:
        yield proxy


@pytest.fixture
def through(proxy, credentials, monkeypatch):
    """Runs the functions of a scene through the proxy, with timeouts that fit into a test."""
    ingest, notify = (importlib.import_module(f"{name}.handler") for name in ("ingest", "notify"))
    monkeypatch.setattr(dynamodb, "TOTAL_TIMEOUT", 0.4)
    clients = {}
    for name in ("s3", "sns"):
        config = aws.create_client(name, REGION, proxy.endpoint).meta.config.merge(IMPATIENT)
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
        monkeypatch.setattr(notify, "PATIENCE", 2.0)
        monkeypatch.setattr(notify, "topic", Topic(clients["sns"], config.alert_topic_arn))
        module = {"ingest": ingest, "notify": notify}[job["function"]]
        return {"answer": module.lambda_handler(job["event"], Context())}

    return run


@pytest.fixture
def uploads(cloud):
    """Four uploads: one alerts, one takes half of that back, one is large, one is bad."""
    days = [f"{year}/{month}/{day},20,0.{day:02d}" for year in (2001, 2002)
            for month in range(1, 13) for day in range(1, 15)]  # fmt: skip
    contents = [
        csv("2022/12/1,15,0.6", "2022/12/7,15,0.9"),
        csv("2022/12/1,15,0.2", *days),
        csv("2022/12/9,15,0.7"),
        b"%PDF",
    ]
    return [put_event(cloud, "a.csv", cloud.put("a.csv", content)) for content in contents]


def play(scene, uploads):
    """Incorporate and announce each, as often as it takes; how often that was, beyond once."""
    again = 0
    for upload in uploads:
        again += until_done(scene, "ingest", sqs_event(upload))
        again += until_done(scene, "notify", stream_event(*scene.records()))
    return again


def until_done(scene, function, event):
    for attempt in range(ATTEMPTS):
        # Where all of a batch failed, the function fails, and all of it comes again.
        with contextlib.suppress(BatchProcessingError):
            if scene.job(function, event)["answer"] == NONE_FAILED:
                return attempt
    raise AssertionError(f"{function} did not get through in {ATTEMPTS} attempts")


@pytest.fixture
def calm(cloud, through, uploads):
    scene = Scene(cloud, through)
    assert play(scene, uploads) == 0
    mails = scene.mails()
    assert len(mails) == 3
    return scene.projection(), mails


@pytest.mark.parametrize("service", ["DynamoDB", "S3", "SNS"])
@pytest.mark.parametrize("kind", KINDS)
def test_one_service_failing_in_one_way(cloud, proxy, through, uploads, calm, service, kind):
    if kind == PARTLY and service != "DynamoDB":
        pytest.skip("only DynamoDB takes half a batch")
    expected, told = calm
    scene = Scene(cloud, through)
    proxy.kinds = (kind,)
    likely = {"DynamoDB": 0.15, "S3": 0.3, "SNS": 0.6}[service]
    proxy.likelihood = {service: likely / 2 if kind == STALLED else likely}
    play(scene, uploads)
    proxy.likelihood = {}
    check(scene, expected, told)
    assert kind == STALLED or proxy.happened[service, kind] > 0


@pytest.mark.parametrize("seed", range(4))
def test_everything_failing_in_every_way(cloud, proxy, through, uploads, calm, seed):
    expected, told = calm
    scene = Scene(cloud, through)
    proxy._chance.seed(seed)
    proxy.likelihood = {"DynamoDB": 0.15, "S3": 0.15, "SNS": 0.4}
    play(scene, uploads)
    proxy.likelihood = {}
    assert sum(proxy.happened.values()) > 5
    check(scene, expected, told)


def check(scene, expected, told):
    """The right table; every message, perhaps some of them more than once but then the same."""
    assert scene.projection() == expected
    mails = scene.mails()
    assert list(dict.fromkeys(mails)) == told
