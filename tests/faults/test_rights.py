"""The rights the roles give, with an emulator that refuses what is not given: no more, no less.

It speaks HTTPS here, because the buckets' policies refuse anything else.
"""

import json
import os
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.docker.service import get
from tests.e2e.conftest import wait_until
from tests.support import ROOT, csv
from tools.local_cloud import LocalCloud
from tools.local_env import REGION, local_env
from tools.process import free_port

pytestmark = pytest.mark.faults

# What Lambda's own pollers and its logging use, which the emulator does for itself; what tells "not
# there" from "forbidden", which it does not tell apart; and publishing, which a topic's own policy
# lets everybody in its account do.
NOT_SEEN = {
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
NEEDED = [
    *(("ingest", f"dynamodb:{one}") for one in ("BatchWriteItem", "GetItem", "PutItem", "Query")),
    *(("ingest", f"s3:{one}") for one in ("GetObjectVersion", "ListBucketVersions", "PutObject")),
    *(("notify", f"dynamodb:{one}") for one in ("BatchWriteItem", "GetItem", "PutItem", "Query")),
    ("watch", "dynamodb:Query"),
    *(("query", f"dynamodb:{one}") for one in ("GetItem", "Query")),
]


type Act = Callable[[], bool]


@dataclass
class Guarded:
    """A stack whose functions do what they are told to by hand, and only with the right to."""

    cloud: LocalCloud
    days: Iterator[int] = field(default_factory=lambda: count(1))

    @cached_property
    def policies(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """The roles' inline policies by name: whose each is, and what it says."""
        iam = self.cloud.client("iam")
        return {
            policy: (role, iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"])
            for role in (one["RoleName"] for one in iam.list_roles()["Roles"])
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
        }

    @contextmanager
    def without(self, policy: str, action: str) -> Iterator[None]:
        role, document = self.policies[policy]
        left: dict[str, Any] = json.loads(json.dumps(document))
        left["Statement"] = [
            one | {"Action": actions}
            for one in left["Statement"]
            if (actions := [one for one in listed(one["Action"]) if one != action])
        ]
        assert left != document
        iam = self.cloud.client("iam")
        put = {"RoleName": role, "PolicyName": policy}
        iam.put_role_policy(**put, PolicyDocument=json.dumps(left))
        yield
        iam.put_role_policy(**put, PolicyDocument=json.dumps(document))

    @property
    def url(self) -> str:
        """The API Gateway's."""
        [api] = self.cloud.client("apigatewayv2").get_apis()["Items"]
        return f"{self.cloud.endpoint}/_aws/execute-api/{api['ApiId']}/$default"

    def works(self, function: str, event: dict[str, Any]) -> bool:
        """Invoke a function; whether it did all it was asked to."""
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.cloud.outputs[f"{function}FunctionName"], Payload=json.dumps(event)
        )
        said = json.loads(answer["Payload"].read() or "null")
        return not answer.get("FunctionError") and not (said or {}).get("batchItemFailures")

    def put(self) -> dict[str, Any]:
        """Put a file whose name had another one, deleted since; the notification."""
        s3, bucket = self.cloud.client("s3"), self.cloud.outputs["RawBucketName"]
        day = date(2020, 1, 1) + timedelta(next(self.days))
        key = f"{day}.csv"
        line = f"{day},20.5,0.75"
        first = s3.put_object(Bucket=bucket, Key=key, Body=csv(line))["VersionId"]
        assert self.works("Ingest", notification(bucket, key, first))
        s3.delete_object(Bucket=bucket, Key=key)
        second = s3.put_object(Bucket=bucket, Key=key, Body=csv(line))["VersionId"]
        return notification(bucket, key, second)

    # What can be tried: each prepares with every right, and then does the one thing.

    def ingest(self) -> Act:
        put = self.put()
        return lambda: self.works("Ingest", put)

    def notify(self) -> Act:
        """Tell of an upload that there is something to tell of."""
        put = self.put()
        assert self.works("Ingest", put)
        key = put["Records"][0]["s3"]["object"]["key"]
        pages = self.cloud.client("dynamodb").get_paginator("scan")
        items = pages.paginate(TableName=self.cloud.outputs["TableName"]).build_full_result()
        uploads = [
            item
            for item in items["Items"]
            if item.get("kind") == {"S": "upload"} and item["file"] == {"S": key}
        ]
        # The last of that name is the one in force.
        image = max(uploads, key=lambda item: item["sk"]["S"])
        keys = {name: image[name] for name in ("pk", "sk")}
        record = {"Keys": keys, "NewImage": image, "SequenceNumber": "1"}
        event = {"eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb"}
        return lambda: self.works("Notify", {"Records": [event | {"dynamodb": record}]})

    def watch(self) -> Act:
        return lambda: self.works("Watch", {})

    def answer(self) -> Act:
        return lambda: get(f"{self.url}/months")[0] == 200

    def answer_one(self) -> Act:
        # There is no such upload, which is an answer.
        url = f"{self.url}/uploads/20200101T000000.000Z-0000-000000000000"
        return lambda: get(url)[0] == 404


def notification(bucket: str, key: str, version: str) -> dict[str, Any]:
    where = {"bucket": {"name": bucket}, "object": {"key": key, "versionId": version}}
    return {"Records": [{"eventName": "ObjectCreated:Put", "s3": where}]}


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-keyout", key, "-out", certificate),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
            *("-addext", "keyUsage=critical,digitalSignature,keyEncipherment"),
            *("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
        ],
        capture_output=True,
        check=True,
    )
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
        # It keeps whom it trusted when it was made.
        urllib.request.install_opener(urllib.request.build_opener())
        with cloud:
            cloud.deploy(EnableHttpApi="true")
            yield Guarded(cloud)
    urllib.request.install_opener(urllib.request.build_opener())


def test_the_whole_way_works_with_the_rights_that_are_given(guarded: Guarded) -> None:
    cloud = guarded.cloud
    manager = as_data_manager(guarded)
    manager.upload_file(
        str(ROOT / "events/alerta_inventada.csv"), cloud.outputs["RawBucketName"], "a.csv"
    )

    wait_until(cloud.mail)

    assert b'"2001-07-15"' in get(f"{guarded.url}/months")[1]
    receipts = cloud.outputs["ReceiptsBucketName"]
    [receipt] = manager.list_objects_v2(Bucket=receipts, Prefix="receipts/")["Contents"]
    said = json.load(manager.get_object(Bucket=receipts, Key=receipt["Key"])["Body"])
    assert said["file"] == "a.csv"
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
    """S3, as somebody sees it who has the managed policy and no other."""
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
def by_hand(guarded: Guarded) -> Guarded:
    """With nothing that wakes the functions by itself."""
    functions = guarded.cloud.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    return guarded


SCENES: dict[str, list[Callable[[Guarded], Act]]] = {
    "ingest": [Guarded.ingest],
    "notify": [Guarded.notify],
    "watch": [Guarded.watch],
    "query": [Guarded.answer, Guarded.answer_one],
}


@pytest.mark.parametrize(("policy", "action"), NEEDED)
def test_each_right_is_needed(by_hand: Guarded, policy: str, action: str) -> None:
    acts = [scene(by_hand) for scene in SCENES[policy]]

    with by_hand.without(policy, action):
        refused = [act for act in acts if not act()]

    assert refused
    assert all(act() for act in refused)


def test_no_right_is_given_that_is_not_among_these(guarded: Guarded) -> None:
    for name, (_, document) in guarded.policies.items():
        given = {action for one in document["Statement"] for action in listed(one["Action"])}
        assert given == {action for policy, action in NEEDED if policy == name} | NOT_SEEN[name]
