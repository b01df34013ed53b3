"""Fixtures of the tests with real containers."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.deploy import image
from cli.local.cloud import LocalCloud
from cli.process import free_port
from tests.docker.service import IMAGE, Service, reachable_from_containers, wait_until

LAB_ROLE = "arn:aws:iam::000000000000:role/LabRole"


@pytest.fixture(scope="package")
def built() -> str:
    """Build the API's image from the working tree."""
    image.build(IMAGE)
    return IMAGE


@pytest.fixture(scope="package")
def service(built: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Deploy the service with its own roles, and the query function with an HTTP API."""
    with deployed(tmp_path_factory.mktemp("cloud"), ImageUri=built) as running:
        yield running


@pytest.fixture
def lab_service(built: str, tmp_path: Path) -> Iterator[Service]:
    """Deploy the service with an existing role.

    Updates need it as well: the emulator loses the ARNs of roles when a nested stack is updated.
    """
    with deployed(tmp_path, ImageUri=built, ExistingRoleArn=LAB_ROLE) as running:
        yield running


@contextmanager
def deployed(folder: Path, *, enforce_iam: bool = False, **parameters: str) -> Iterator[Service]:
    """Deploy the root template with network, balancer and two containers on the emulator.

    It omits the scaling stack, whose resource types the emulator does not support.
    """
    port = free_port()
    cloud = LocalCloud(port, folder)
    if enforce_iam:
        cloud.env["AUTH"] = "true"
    with reachable_from_containers(port), cloud:
        cloud.deploy(EnableScaling="false", EnableHttpApi="true", **parameters)
        if enforce_iam:
            # The emulator serves plain HTTP, which the buckets' policies deny.
            for bucket in cloud.client("s3").list_buckets()["Buckets"]:
                cloud.client("s3").delete_bucket_policy(Bucket=bucket["Name"])
        running = Service(cloud)
        try:
            wait_until("two containers are healthy", running.healthy, lambda count: count == 2)
            # The credentials that the emulator gives to tasks have no permissions.
            if not enforce_iam:
                wait_until(
                    "the service is ready", lambda: running.get("/ready"), lambda a: a[0] == 200
                )
            yield running
        finally:
            # The running emulator replaces removed containers, so stop it first.
            cloud.stop()
            if ids := running.containers("--all"):
                subprocess.run(["docker", "rm", "--force", *ids], check=False, capture_output=True)
