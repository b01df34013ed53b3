"""The permissions of the roles are those the functions need, on an emulator that enforces IAM.

The emulator serves HTTPS here, since the buckets' policies deny plain HTTP.
"""

import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cli.environment import REGION, local_env
from cli.local.cloud import LocalCloud
from cli.process import free_port
from tests.docker.service import get
from tests.e2e.conftest import wait_until
from tests.events import s3_event, stream_event
from tests.serving import create_certificate
from tests.support import ROOT, csv

pytestmark = pytest.mark.faults

# Actions that the emulator does not check: those of Lambda's pollers and logging, s3:ListBucket,
# which turns 403 into 404, and sns:Publish, which the topic's policy allows the whole account.
UNCHECKED = {
    "ingest": {
        *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "s3:ListBucket"),
        *("logs:CreateLogStream", "logs:PutLogEvents"),
    },
    "notify": {
        *("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
        *("dynamodb:ListStreams", "sqs:SendMessage", "logs:CreateLogStream", "logs:PutLogEvents"),
        "sns:Publish",
    },
    "watch": {"logs:CreateLogStream", "logs:PutLogEvents"},
    "query": {"logs:CreateLogStream", "logs:PutLogEvents"},
}
REQUIRED = [
    *(("ingest", f"dynamodb:{name}") for name in ("BatchWriteItem", "GetItem", "PutItem", "Query")),
    *(("ingest", f"s3:{name}") for name in ("GetObjectVersion", "ListBucketVersions", "PutObject")),
    ("ingest", "s3:DeleteObject"),
    *(("notify", f"dynamodb:{name}") for name in ("BatchWriteItem", "GetItem", "PutItem", "Query")),
    *(("watch", f"dynamodb:{name}") for name in ("GetItem", "Query")),
    *(("query", f"dynamodb:{name}") for name in ("GetItem", "Query")),
]


type Attempt = Callable[[], bool]


@dataclass
class Guarded:
    """A stack whose functions the tests invoke, on an emulator that enforces IAM."""

    cloud: LocalCloud
    days: Iterator[int] = field(default_factory=lambda: count(1))

    @cached_property
    def policies(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Return the role and the document of each inline policy, by the policy's name."""
        iam = self.cloud.client("iam")
        return {
            policy: (role, iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"])
            for role in (entry["RoleName"] for entry in iam.list_roles()["Roles"])
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
        }

    @contextmanager
    def without(self, policy: str, action: str) -> Iterator[None]:
        """Remove an action from a policy within the block."""
        role, document = self.policies[policy]
        statements = [
            statement | {"Action": actions}
            for statement in document["Statement"]
            if (actions := [name for name in listed(statement["Action"]) if name != action])
        ]
        assert statements != document["Statement"]
        iam = self.cloud.client("iam")
        names = {"RoleName": role, "PolicyName": policy}
        reduced = json.dumps(document | {"Statement": statements})
        iam.put_role_policy(**names, PolicyDocument=reduced)
        yield
        iam.put_role_policy(**names, PolicyDocument=json.dumps(document))

    @property
    def url(self) -> str:
        """Return the address of the API Gateway."""
        [api] = self.cloud.client("apigatewayv2").get_apis()["Items"]
        return f"{self.cloud.endpoint}/_aws/execute-api/{api['ApiId']}/$default"

    def succeeds(self, function: str, event: dict[str, Any]) -> bool:
        """Invoke a function; return True if it processed every record."""
        response = self.cloud.client("lambda").invoke(
            FunctionName=self.cloud.outputs[f"{function}FunctionName"], Payload=json.dumps(event)
        )
        result = json.loads(response["Payload"].read() or "null")
        return not response.get("FunctionError") and not (result or {}).get("batchItemFailures")

    def put(self) -> dict[str, Any]:
        """Upload a file under the key of a deleted one, and return its notification."""
        s3, bucket = self.cloud.client("s3"), self.cloud.outputs["RawBucketName"]
        day = date(2020, 1, 1) + timedelta(next(self.days))
        key = f"{day}.csv"
        line = f"{day},20.5,0.75"
        first = s3.put_object(Bucket=bucket, Key=key, Body=csv(line))["VersionId"]
        assert self.succeeds("Ingest", s3_event(bucket, (key, first)))
        s3.delete_object(Bucket=bucket, Key=key)
        second = s3.put_object(Bucket=bucket, Key=key, Body=csv(line))["VersionId"]
        return s3_event(bucket, (key, second))

    # Each attempt is prepared with all permissions, and returns True if it succeeds.

    def ingest(self) -> Attempt:
        put = self.put()
        return lambda: self.succeeds("Ingest", put)

    def ingest_removal(self) -> Attempt:
        """Ingest the permanent deletion of an ingested version."""
        put = self.put()
        assert self.succeeds("Ingest", put)
        bucket, s3_object = (put["Records"][0]["s3"][name] for name in ("bucket", "object"))
        version = {"Key": s3_object["key"], "VersionId": s3_object["versionId"]}
        self.cloud.client("s3").delete_object(Bucket=bucket["name"], **version)
        removal = s3_event(
            bucket["name"],
            (s3_object["key"], s3_object["versionId"]),
            name="ObjectRemoved:Delete",
            at=datetime.now(UTC).isoformat(),
        )
        return lambda: self.succeeds("Ingest", removal)

    def notify(self) -> Attempt:
        """Announce an upload with an alert."""
        put = self.put()
        assert self.succeeds("Ingest", put)
        key = put["Records"][0]["s3"]["object"]["key"]
        pages = self.cloud.client("dynamodb").get_paginator("scan")
        items = pages.paginate(TableName=self.cloud.outputs["TableName"]).build_full_result()
        uploads = [
            item
            for item in items["Items"]
            if item.get("kind") == {"S": "upload"} and item["file"] == {"S": key}
        ]
        # The newest upload of the key is the current one.
        event = stream_event(max(uploads, key=lambda item: item["sk"]["S"]))
        return lambda: self.succeeds("Notify", event)

    def watch(self) -> Attempt:
        """Check the mark of an upload."""
        assert self.succeeds("Ingest", self.put())
        return lambda: self.succeeds("Watch", {})

    def query(self) -> Attempt:
        return lambda: get(f"{self.url}/months")[0] == 200

    def query_upload(self) -> Attempt:
        # There is no such upload: the function has to read the table to answer 404.
        url = f"{self.url}/uploads/20200101T000000.000Z-0000-000000000000"
        return lambda: get(url)[0] == 404


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    certificate, key = create_certificate(folder)
    cloud = LocalCloud(free_port(), folder / "cloud")
    cloud.endpoint = cloud.endpoint.replace("http:", "https:")
    trust = dict.fromkeys(
        ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(certificate)
    )
    cloud.env = local_env(cloud.endpoint) | trust
    cloud.env |= {"AUTH": "true", "USE_SSL": "1"}
    cloud.env |= {"MINISTACK_SSL_CERT": str(certificate), "MINISTACK_SSL_KEY": str(key)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in trust.items():
            patch.setenv(name, value)
        # The default opener keeps the certificates that were trusted when it was created.
        urllib.request.install_opener(urllib.request.build_opener())
        with cloud:
            cloud.deploy(EnableHttpApi="true")
            yield Guarded(cloud)
    urllib.request.install_opener(urllib.request.build_opener())


def test_the_permissions_suffice_for_the_whole_pipeline(guarded: Guarded) -> None:
    cloud = guarded.cloud
    manager = as_data_manager(guarded)
    manager.upload_file(
        str(ROOT / "events/alerta_inventada.csv"), cloud.outputs["RawBucketName"], "a.csv"
    )

    wait_until(cloud.mail)

    assert b'"2001-07-15"' in get(f"{guarded.url}/months")[1]
    receipts = cloud.outputs["ReceiptsBucketName"]
    [receipt] = manager.list_objects_v2(Bucket=receipts, Prefix="receipts/")["Contents"]
    content = json.load(manager.get_object(Bucket=receipts, Key=receipt["Key"])["Body"])
    assert content["file"] == "a.csv"
    manager.delete_object(Bucket=cloud.outputs["RawBucketName"], Key="a.csv")
    wait_until(lambda: len(cloud.mail()) == 2)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda s3, raw, _: s3.get_object(Bucket=raw, Key="b.csv"),
        lambda s3, raw, _: s3.list_objects_v2(Bucket=raw),
        lambda s3, raw, _: s3.delete_object(Bucket=raw, Key="b.csv", VersionId="null"),
        lambda s3, raw, _: s3.delete_bucket(Bucket=raw),
        lambda s3, _, receipts: s3.put_object(Bucket=receipts, Key="receipts/x.json", Body=b"{}"),
        lambda s3, _, receipts: s3.list_objects_v2(Bucket=receipts),
        lambda s3, _, receipts: s3.get_object(Bucket=receipts, Key="other/x"),
    ],
)
def test_the_data_manager_may_do_nothing_else(
    guarded: Guarded, attempt: Callable[[Any, str, str], Any]
) -> None:
    manager, outputs = as_data_manager(guarded), guarded.cloud.outputs

    with pytest.raises(ClientError, match="AccessDenied"):
        attempt(manager, outputs["RawBucketName"], outputs["ReceiptsBucketName"])


def as_data_manager(guarded: Guarded) -> Any:
    """Return an S3 client of a user with the data manager's policy only."""
    iam, name = guarded.cloud.client("iam"), f"manager-{os.urandom(4).hex()}"
    iam.create_user(UserName=name)
    policy = guarded.cloud.outputs["DataManagerPolicyArn"]
    iam.attach_user_policy(UserName=name, PolicyArn=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return boto3.client(
        "s3",
        region_name=REGION,
        endpoint_url=guarded.cloud.endpoint,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


@pytest.fixture(scope="module")
def without_triggers(guarded: Guarded) -> Guarded:
    """Disable the event sources, so that only the tests invoke the functions."""
    functions = guarded.cloud.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    return guarded


ATTEMPTS: dict[str, list[Callable[[Guarded], Attempt]]] = {
    "ingest": [Guarded.ingest, Guarded.ingest_removal],
    "notify": [Guarded.notify],
    "watch": [Guarded.watch],
    "query": [Guarded.query, Guarded.query_upload],
}


@pytest.mark.parametrize(("policy", "action"), REQUIRED)
def test_each_action_is_required(without_triggers: Guarded, policy: str, action: str) -> None:
    attempts = [prepare(without_triggers) for prepare in ATTEMPTS[policy]]

    with without_triggers.without(policy, action):
        denied = [attempt for attempt in attempts if not attempt()]

    assert denied
    assert all(attempt() for attempt in denied)


def test_no_other_action_is_allowed(guarded: Guarded) -> None:
    for name, (_, document) in guarded.policies.items():
        allowed = {
            action for statement in document["Statement"] for action in listed(statement["Action"])
        }
        required = {action for policy, action in REQUIRED if policy == name}
        assert allowed == required | UNCHECKED[name]
