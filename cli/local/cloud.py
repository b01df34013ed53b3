"""Run an emulated cloud and deploy the stack into it with SAM."""

import shutil
from functools import cached_property
from pathlib import Path
from typing import Any

from cli import process, sam
from cli.environment import LOCAL, REGION, client, local_env, program
from cli.local import builds, mailbox

DEFAULT_PORT = 4566
STACK = "aquasense-local"
STREAM_SETTINGS = (
    "EventSourceArn",
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
)


class LocalCloud(process.ManagedProcess):
    """An emulator on a port of 127.0.0.1.

        with LocalCloud(4600) as cloud:
            cloud.deploy()
            cloud.outputs["RawBucketName"]

    Several run side by side: each has its own port and folder.

    Attributes:
        port, endpoint, region: its address.
        folder: its logs, and its data while it runs or if they are kept.
        keep: whether its data stay when it stops.
        build_folder: the build to deploy.
        env: environment variables with which every AWS client reaches it, and only it.
    """

    build_folder: Path

    def __init__(
        self, port: int = DEFAULT_PORT, folder: Path | None = None, *, keep: bool = False
    ) -> None:
        self.port = port
        self.keep = keep
        self.endpoint = f"http://127.0.0.1:{port}"
        self.region = REGION
        self.folder = folder or LOCAL / str(port)
        self.env = local_env(self.endpoint)

    def start(self) -> None:
        """Start the emulator: empty, or with the data that it kept.

        Raises:
            Failure: the port is taken, or the emulator does not start.
        """
        process.require_free_port(self.port, "--cloud-port")
        temporary = self.folder / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        data = self.data_folder if self.keep else temporary
        env = self.env | {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "LAMBDA_EXECUTOR": "local",
            "PERSIST_STATE": str(int(self.keep)),
            "S3_PERSIST": str(int(self.keep)),
            "STATE_DIR": str(data / "state"),
            "S3_DATA_DIR": str(data / "s3"),
            # It unpacks functions there and does not remove them.
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
        """Stop it and remove its data, unless they are kept; its logs stay."""
        super().stop()
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)

    def build(self) -> None:
        """Run `sam build`, unless the sources are as they were.

        Raises:
            Failure: the build fails.
        """
        self.build_folder = builds.build(self.folder, self.env)

    def deploy(self, **parameters: str) -> None:
        """Build and deploy template.yaml, and subscribe the mailbox to the alerts.

        Args:
            parameters: of the template, in addition to those of every local stack.

        Raises:
            Failure: SAM fails.
        """
        self.build()
        self.deploy_built(**parameters)

    def deploy_built(self, **parameters: str) -> None:
        """Deploy without building."""
        values = {"Environment": "local", "EndpointUrl": self.endpoint, "EnableHttpApi": "false"}
        values |= parameters
        sam.deploy(self.build_folder, self.folder, self.env, STACK, values)
        self.__dict__.pop("outputs", None)
        if self.keep:
            self._restart_streams()
        mailbox.subscribe(
            self.client("sqs"), self.client("sns"), self.outputs["AlertTopicArn"], self.mail_queue
        )

    def _restart_streams(self) -> None:
        """Create the triggers on streams anew.

        The emulator keeps a trigger's position in a stream, but not the records before it, so it
        would skip as many new ones.
        """
        functions = self.client("lambda")
        for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
            if ":dynamodb:" in mapping["EventSourceArn"]:
                functions.delete_event_source_mapping(UUID=mapping["UUID"])
                functions.create_event_source_mapping(
                    FunctionName=mapping["FunctionArn"],
                    **{name: mapping[name] for name in STREAM_SETTINGS if name in mapping},
                )

    @cached_property
    def outputs(self) -> dict[str, str]:
        """Return the outputs of the deployed stack."""
        stacks = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {item["OutputKey"]: item["OutputValue"] for item in stacks[0].get("Outputs", [])}

    @property
    def data_folder(self) -> Path:
        """Return the folder of the data that are kept."""
        return self.folder / "data"

    @property
    def mail_queue(self) -> str:
        """Return the name of the queue that receives the alerts."""
        return f"{STACK}-mail"

    def mail(self) -> list[dict[str, Any]]:
        """Return the published alerts, oldest first: subject, body and attributes."""
        return mailbox.read(self.endpoint, self.mail_queue)

    def client(self, service: str) -> Any:
        """Return a boto3 client of this cloud, independent of the user's AWS config."""
        return client(service, self.endpoint)

    def _answers(self) -> bool:
        return process.answers(f"{self.endpoint}/_ministack/ready")
