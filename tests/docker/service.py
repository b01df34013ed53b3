"""The deployed service with two real containers, and clients for it."""

import contextlib
import http.client
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from api.cache import FRESHNESS
from cli import docker
from cli.local.cloud import LocalCloud
from cli.local.forward import forward_in_background

IMAGE = "aquasense-api:test"


class Service:
    """The containers behind the emulator's balancer."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        balancers = cloud.client("elbv2").describe_load_balancers()["LoadBalancers"]
        self.url = f"{cloud.endpoint}/_alb/{balancers[0]['LoadBalancerName']}"
        self.cluster = cloud.outputs["ClusterName"]
        apis = cloud.client("apigatewayv2").get_apis()["Items"]
        self.function_url = f"{cloud.endpoint}/_aws/execute-api/{apis[0]['ApiId']}/$default"

    def containers(self, *options: str) -> list[str]:
        """Return the ids of the cluster's running containers; with --all also of stopped ones."""
        cluster = self.cluster
        form = '{{.ID}} {{.Label "com.amazonaws.ecs.cluster"}}'
        output = run("docker", "ps", *options, "--no-trunc", "--format", form)
        return [
            line.split()[0] for line in output.splitlines() if line.rpartition("/")[2] == cluster
        ]

    def get(self, path: str) -> tuple[int, bytes]:
        """Request a path through the balancer."""
        return get(f"{self.url}{path}")

    def healthy(self) -> int:
        """Return the number of healthy targets of the balancer."""
        client = self.cloud.client("elbv2")
        group = client.describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
        response = client.describe_target_health(TargetGroupArn=group)
        targets = response["TargetHealthDescriptions"]
        return sum(target["TargetHealth"]["State"] == "healthy" for target in targets)


def run(*command: str) -> str:
    """Run a command, and return its standard output."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@contextlib.contextmanager
def running(image: str, *options: str, **environment: str) -> Iterator[str]:
    """Run the image on the host's network in the background, and yield the container's id."""
    variables = (("--env", f"{name}={value}") for name, value in environment.items())
    container = run(
        *("docker", "run", "--detach", "--network", "host"), *options, *chain(*variables), image
    ).strip()
    try:
        yield container
    finally:
        run("docker", "rm", "--force", container)


def get(url: str, timeout: float = 10) -> tuple[int, bytes]:
    """Return the status and the body of a response; status 0 if there was none."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error).encode()


def get_with_one_retry(url: str, pause: float = 1.0) -> tuple[int, bytes]:
    """Request a URL, and retry once after a pause if it fails."""
    status, body = get(url)
    if status in (0, 502, 503, 504):
        time.sleep(pause)
        status, body = get(url)
    return status, body


class Clients:
    """Clients that send requests continuously, with one retry each, within a `with` block.

    Attributes:
        count: Number of requests.
        failed: Status and body of each response that is not the expected one.
    """

    def __init__(self, url: str, expected: bytes, clients: int = 4) -> None:
        self.count = 0
        self.failed: list[tuple[int, bytes]] = []
        self._url, self._expected = url, expected
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _run(self) -> None:
        while not self._stop.wait(0.02):
            status, body = get_with_one_retry(self._url)
            self.count += 1
            if status != 200 or self._expected not in body:
                self.failed.append((status, body))


def wait_until[T](
    condition: str,
    read: Callable[[], T],
    is_true: Callable[[T], bool] = bool,
    seconds: float = 60,
) -> None:
    """Read a state until a condition is true; raise AssertionError with the state if it is not."""
    deadline = time.monotonic() + seconds
    while not is_true(state := read()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{condition}: not within {seconds:.0f} s, but {state!r}")
        time.sleep(0.2)


def put(cloud: LocalCloud, file: Path, key: str) -> None:
    """Upload a file as the data manager does."""
    cloud.client("s3").upload_file(str(file), cloud.outputs["RawBucketName"], key)


def put_and_wait(service: "Service", file: Path, path: str, expected: bytes) -> None:
    """Upload a file, and wait until no container has an older response in its cache."""
    put(service.cloud, file, file.name)
    wait_until("the file is ingested", lambda: service.get(path), lambda a: expected in a[1])
    time.sleep(FRESHNESS)


@contextlib.contextmanager
def reachable_from_containers(port: int) -> Iterator[None]:
    """Forward connections from containers to the emulator, which listens on localhost only."""
    gateway = docker.bridge_gateway()
    assert gateway is not None
    with forward_in_background(gateway, port):
        yield
