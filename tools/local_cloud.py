"""The emulated cloud, with this project's stack deployed in it by SAM as it is anywhere else."""

import shutil
import urllib.error
import urllib.request
from functools import cached_property
from pathlib import Path
from typing import Any

from tools import mailbox, process, sam
from tools.local_env import LOCAL, REGION, client, local_env, program

DEFAULT_PORT = 4566
STACK = "aquasense-local"


class LocalCloud(process.Held):
    """An emulator on a port of 127.0.0.1, forgotten with everything in it when it stops.

        with LocalCloud(4600) as cloud:
            cloud.deploy()
            cloud.outputs["RawBucketName"]

    Several run side by side: each has its own port and folder.

    Attributes:
        port, endpoint, region: where it is reached.
        folder: its logs and what was built for it.
        env: environment variables under which any AWS client reaches it, and only it.
    """

    def __init__(self, port: int = DEFAULT_PORT, folder: Path | None = None) -> None:
        self.port = port
        self.endpoint = f"http://127.0.0.1:{port}"
        self.region = REGION
        self.folder = folder or LOCAL / str(port)
        self.env = local_env(self.endpoint)

    def start(self) -> None:
        """Start the emulator, empty.

        Raises:
            Failure: the port is taken, or it did not come up.
        """
        process.require_free_port(self.port, "CLOUD_PORT")
        temporary = self.folder / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        env = self.env | {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "LAMBDA_EXECUTOR": "local",
            "PERSIST_STATE": "0",
            "S3_PERSIST": "0",
            "STATE_DIR": str(temporary / "state"),
            "S3_DATA_DIR": str(temporary / "s3"),
            # It unpacks functions there and would leave them lying about.
            "TMPDIR": str(temporary),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
        }
        self._child = process.Child(
            "The emulated cloud",
            [program(".venv-cloud", "python"), "-m", "ministack"],
            env=env,
            log=self.folder / "cloud.log",
            cwd=self.folder,
        )
        self._child.wait_until(self._answers, seconds=30)

    def stop(self) -> None:
        """Stop it and remove what it kept; its logs stay."""
        super().stop()
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)

    def build(self) -> None:
        """`sam build`, into this cloud's folder.

        Raises:
            Failure: it failed.
        """
        sam.build(self.folder, self.env)

    def deploy(self, **parameters: str) -> None:
        """Build and deploy template.yaml, and have the alerts kept for mail().

        Args:
            parameters: of the template, beside those every local stack gets.

        Raises:
            Failure: SAM failed.
        """
        self.build()
        self.deploy_built(**parameters)

    def deploy_built(self, **parameters: str) -> None:
        """deploy() without the build."""
        values = {"Environment": "local", "EndpointUrl": self.endpoint, "EnableHttpApi": "false"}
        values |= parameters
        sam.deploy(self.folder, self.env, STACK, values)
        self.__dict__.pop("outputs", None)
        mailbox.subscribe(
            self.client("sqs"), self.client("sns"), self.outputs["AlertTopicArn"], self.mail_queue
        )

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The outputs of the deployed stack."""
        stacks = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {item["OutputKey"]: item["OutputValue"] for item in stacks[0].get("Outputs", [])}

    @property
    def mail_queue(self) -> str:
        """Name of the queue that stands in for a subscriber's mailbox."""
        return f"{STACK}-mail"

    def mail(self) -> list[dict[str, Any]]:
        """The alerts published so far, oldest first: subject, body and attributes."""
        return mailbox.read(self.endpoint, self.mail_queue)

    def client(self, service: str) -> Any:
        """A boto3 client of this cloud, whatever the caller's own AWS settings are."""
        return client(service, self.endpoint)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False
