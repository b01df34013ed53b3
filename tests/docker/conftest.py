"""Deployments with real containers, shared by the tests that need them."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docker.service import IMAGE, Service, reachable_from_containers, wait_until
from tools import image
from tools.local_cloud import LocalCloud
from tools.process import free_port

LAB_ROLE = "arn:aws:iam::000000000000:role/LabRole"


@pytest.fixture(scope="package")
def built() -> str:
    """The API's image, built from what is checked out."""
    image.build(IMAGE)
    return IMAGE


@pytest.fixture(scope="package")
def service(built: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service, with roles of its own and the API without a container beside it."""
    with deployed(tmp_path_factory.mktemp("cloud"), ImageUri=built) as running:
        yield running


@pytest.fixture
def lab_service(built: str, tmp_path: Path) -> Iterator[Service]:
    """The service where roles cannot be created.

    Also what can be updated: the emulator loses roles' ARNs in updates of nested stacks.
    """
    with deployed(tmp_path, ImageUri=built, ExistingRoleArn=LAB_ROLE) as running:
        yield running


@contextmanager
def deployed(folder: Path, *, enforce_iam: bool = False, **parameters: str) -> Iterator[Service]:
    """The root template with network, balancer and two containers, on the emulator.

    Without the scaling stack, whose types the emulator refuses; tests/infrastructure has it.
    """
    port = free_port()
    cloud = LocalCloud(port, folder)
    if enforce_iam:
        cloud.env["AUTH"] = "true"
    with reachable_from_containers(port), cloud:
        cloud.deploy(EnableScaling="false", EnableHttpApi="true", **parameters)
        if enforce_iam:
            # The emulator speaks plain HTTP, which the buckets' policies refuse.
            for bucket in cloud.client("s3").list_buckets()["Buckets"]:
                cloud.client("s3").delete_bucket_policy(Bucket=bucket["Name"])
        running = Service(cloud)
        try:
            wait_until("two containers are healthy", running.healthy, lambda count: count == 2)
            # The emulator gives tasks the credentials of nobody, who may do nothing.
            if not enforce_iam:
                wait_until("they are ready", lambda: running.get("/ready"), lambda a: a[0] == 200)
            yield running
        finally:
            # While the emulator runs it replaces what is removed: so it goes first.
            cloud.stop()
            if left := running.containers("--all"):
                subprocess.run(["docker", "rm", "--force", *left], check=False, capture_output=True)
