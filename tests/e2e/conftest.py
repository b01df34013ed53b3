"""The whole of it: the template deployed on the emulated cloud by SAM, and the API beside it."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.config import Config
from adapters.s3 import Bucket
from adapters.table import Table
from api.cache import FRESHNESS
from aquasense.uploads.identity import Upload
from aquasense.uploads.receipts import Receipt
from tools import putting, targets, verify
from tools.local_api import Api
from tools.local_cloud import LocalCloud
from tools.process import free_port

SECONDS = 90.0


@dataclass
class System:
    """A deployed stack and its API."""

    cloud: LocalCloud
    api: Api

    def put(self, *files: tuple[Path, str]) -> list[Receipt]:
        """Put files under keys, in this order, and wait until each is incorporated."""
        client, bucket = self.cloud.client("s3"), self.cloud.outputs["RawBucketName"]
        receipts = self.receipts(putting.put(client, bucket, files))
        # Answers from before are kept so long.
        time.sleep(FRESHNESS)
        return receipts

    def receipts(self, uploads: Sequence[Upload]) -> list[Receipt]:
        """What became of the uploads, once that is known of all."""

        async def wait() -> list[Receipt]:
            config = Config.from_env(
                self.cloud.env | {"TABLE_NAME": self.cloud.outputs["TableName"]}
            )
            found = {}
            async with asyncio.timeout(SECONDS), Table.open(config, 10) as table:
                while len(found) < len(uploads):
                    for upload in uploads:
                        if upload.id not in found and (r := await table.read_receipt(upload.id)):
                            found[upload.id] = r
                    await asyncio.sleep(0.1)
            return [found[upload.id] for upload in uploads]

        return asyncio.run(wait())

    def ask(self, path: str, **parameters: Any) -> tuple[int, Any]:
        """A GET: status and content, decimals exact."""
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        url = f"http://127.0.0.1:{self.api.port}{path}?{query}"
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return answer.status, json.loads(answer.read(), parse_float=Decimal)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read(), parse_float=Decimal)

    @property
    def config(self) -> Config:
        """What the deployed functions are configured with."""
        cloud = self.cloud
        region = cloud.env["AWS_DEFAULT_REGION"]
        return targets.Target("aquasense-local", region, cloud.endpoint, cloud.outputs).config

    @property
    def bucket(self) -> Bucket:
        """The bucket of raw files."""
        return Bucket(self.cloud.client("s3"), self.cloud.outputs["RawBucketName"])

    def differences(self) -> list[str]:
        """In what the table is not what the bucket says it should be."""
        should = verify.expected(self.bucket, list(self.bucket.list_all_versions()), self.config)
        return list(verify.differences(should, verify.actual(self.config)))

    def waiting(self, output: str) -> int:
        """How many messages are in a queue, those being worked on among them."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.cloud.client("sqs").get_queue_attributes(
            QueueUrl=self.cloud.outputs[output], AttributeNames=names
        )
        return sum(int(answer["Attributes"].get(name, 0)) for name in names)


def wait_until(true: Callable[[], Any], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def let_clients_reach(cloud: LocalCloud, patch: pytest.MonkeyPatch) -> None:
    """Give this process the cloud's credentials: the table's client takes them from there."""
    for name, value in cloud.env.items():
        if name.startswith("AWS_"):
            patch.setenv(name, value)


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    cloud = LocalCloud(free_port(), tmp_path_factory.mktemp("cloud"))
    api = Api(cloud, free_port())
    with cloud, pytest.MonkeyPatch.context() as patch:
        let_clients_reach(cloud, patch)
        cloud.deploy(ApiUrl=api.url)
        with api:
            yield System(cloud, api)
