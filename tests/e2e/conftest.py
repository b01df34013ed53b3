"""The template, deployed on the emulated cloud by SAM, and the API as a local process."""

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
from cli import targets
from cli.data import putting
from cli.local.api import Api
from cli.local.cloud import LocalCloud
from cli.maintain import verify
from cli.maintain.differences import compare
from cli.process import free_port

SECONDS = 90.0


@dataclass
class System:
    """A deployed stack and its API."""

    cloud: LocalCloud
    api: Api
    last_put: float = 0.0

    def put(self, *files: tuple[Path, str]) -> list[Receipt]:
        """Upload files under their keys, in this order, and return their receipts."""
        client, bucket = self.cloud.client("s3"), self.cloud.outputs["RawBucketName"]
        receipts = self.receipts(list(putting.put(client, bucket, files)))
        self.last_put = time.monotonic()
        return receipts

    def receipts(self, uploads: Sequence[Upload]) -> list[Receipt]:
        """Wait for the receipt of each upload, and return them."""

        async def wait() -> list[Receipt]:
            config = Config.from_env(
                self.cloud.env | {"TABLE_NAME": self.cloud.outputs["TableName"]}
            )
            receipts: dict[str, Receipt] = {}
            async with asyncio.timeout(SECONDS), Table.open(config, 10) as table:
                while len(receipts) < len(uploads):
                    for upload in uploads:
                        if upload.id not in receipts and (r := await table.read_receipt(upload.id)):
                            receipts[upload.id] = r
                    await asyncio.sleep(0.1)
            return [receipts[upload.id] for upload in uploads]

        return asyncio.run(wait())

    def get(self, path: str, **parameters: Any) -> tuple[int, Any]:
        """Request a path of the API, and return the status and the parsed body."""
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        url = f"http://127.0.0.1:{self.api.port}{path}?{query}"
        # The API caches older responses for this long.
        time.sleep(max(0.0, self.last_put + FRESHNESS - time.monotonic()))
        try:
            with urllib.request.urlopen(url, timeout=20) as response:
                return response.status, json.loads(response.read(), parse_float=Decimal)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read(), parse_float=Decimal)

    @property
    def config(self) -> Config:
        """Return the configuration of the deployed functions."""
        cloud = self.cloud
        region = cloud.env["AWS_DEFAULT_REGION"]
        return targets.Target("aquasense-local", region, cloud.endpoint, cloud.outputs).config

    @property
    def bucket(self) -> Bucket:
        """Return the bucket of raw files."""
        return Bucket(self.cloud.client("s3"), self.cloud.outputs["RawBucketName"])

    def differences(self) -> list[str]:
        """Compare the table with the bucket, and return the differences."""
        comparison = compare(self.bucket, self.config)
        return [verify.format_difference(difference) for difference in comparison.differences]

    def count_messages(self, output: str) -> int:
        """Return the number of messages in a queue, including those in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        response = self.cloud.client("sqs").get_queue_attributes(
            QueueUrl=self.cloud.outputs[output], AttributeNames=names
        )
        return sum(int(response["Attributes"].get(name, 0)) for name in names)


def wait_until(condition: Callable[[], Any], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not true within {seconds:.0f} s"
        time.sleep(0.2)


def set_credentials(cloud: LocalCloud, patch: pytest.MonkeyPatch) -> None:
    """Set the cloud's credentials in the environment, where the table's client reads them."""
    for name, value in cloud.env.items():
        if name.startswith("AWS_"):
            patch.setenv(name, value)


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    cloud = LocalCloud(free_port(), tmp_path_factory.mktemp("cloud"))
    api = Api(cloud, free_port())
    with cloud, pytest.MonkeyPatch.context() as patch:
        set_credentials(cloud, patch)
        cloud.deploy(ApiUrl=api.url)
        with api:
            yield System(cloud, api)
