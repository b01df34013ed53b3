"""One deployment with real containers, shared by the tests that need it."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.docker.service import IMAGE, Service, reachable_from_containers, wait_until
from tests.e2e.conftest import free_port
from tools import image
from tools.local_cloud import LocalCloud


@pytest.fixture(scope="package")
def built() -> str:
    """The API's image, built from what is checked out."""
    image.build(IMAGE)
    return IMAGE


@pytest.fixture(scope="package")
def service(built: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The root template with network, balancer and two containers, on the emulator.

    Without the scaling stack, whose types the emulator refuses; tests/infrastructure has it.
    """
    port = free_port()
    cloud = LocalCloud(port, tmp_path_factory.mktemp("cloud"))
    with reachable_from_containers(port), cloud:
        cloud.deploy(ImageUri=built, EnableScaling="false", EnableHttpApi="true")
        deployed = Service(cloud)
        try:
            wait_until("two containers are healthy", deployed.healthy, lambda count: count == 2)
            wait_until(
                "they reach the table", lambda: deployed.get("/ready"), lambda seen: seen[0] == 200
            )
            yield deployed
        finally:
            # While the emulator runs it replaces what is removed: so it goes first.
            cloud.stop()
            if left := deployed.containers():
                subprocess.run(["docker", "rm", "--force", *left], check=False, capture_output=True)
