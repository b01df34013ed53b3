"""The whole stack with two real containers, and what the tests do to it."""

import asyncio
import contextlib
import http.client
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from api.cache import FRESHNESS
from tools import docker
from tools.forward import forward
from tools.local_cloud import LocalCloud

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
        """The running containers of this stack's cluster, by their ids; all of them with --all."""
        cluster = self.cluster
        form = '{{.ID}} {{.Label "com.amazonaws.ecs.cluster"}}'
        listed = run("docker", "ps", *options, "--no-trunc", "--format", form)
        return [
            line.split()[0] for line in listed.splitlines() if line.rpartition("/")[2] == cluster
        ]

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask through the balancer."""
        return get(f"{self.url}{path}")

    def healthy(self) -> int:
        """How many targets the balancer knows to be healthy."""
        client = self.cloud.client("elbv2")
        group = client.describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
        described = client.describe_target_health(TargetGroupArn=group)
        states = [one["TargetHealth"]["State"] for one in described["TargetHealthDescriptions"]]
        return states.count("healthy")


def run(*command: str) -> str:
    """What a command says."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def get(url: str, timeout: float = 10) -> tuple[int, bytes]:
    """Status and body; 0 where there was no answer."""
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error).encode()


def get_with_one_retry(url: str, pause: float = 1.0) -> tuple[int, bytes]:
    """As a client does that tries a second time, a moment later."""
    status, body = get(url)
    if status in (0, 502, 503, 504):
        time.sleep(pause)
        status, body = get(url)
    return status, body


class Asking:
    """Several clients that ask without a pause, with one retry, until the end of the block.

    Attributes:
        count: how often they asked.
        lost: what they got in place of the answer.
    """

    def __init__(self, url: str, answer: bytes, clients: int = 4) -> None:
        self.count = 0
        self.lost: list[tuple[int, bytes]] = []
        self._url, self._answer = url, answer
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
            if status != 200 or self._answer not in body:
                self.lost.append((status, body))


def wait_until[T](
    what: str, look: Callable[[], T], good: Callable[[T], bool] = bool, seconds: float = 60
) -> None:
    """Look until what is seen is good; fail the test, with what was seen, where it never is."""
    deadline = time.monotonic() + seconds
    while not good(seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:.0f} s, but {seen!r}")
        time.sleep(0.2)


def put(cloud: LocalCloud, file: Path, key: str) -> None:
    """Upload a file as the data manager does."""
    cloud.client("s3").upload_file(str(file), cloud.outputs["RawBucketName"], key)


def put_and_wait(service: "Service", file: Path, question: str, answer: bytes) -> None:
    """Upload a file, and wait until no container answers with what it knew before."""
    put(service.cloud, file, file.name)
    wait_until("the file arrives", lambda: service.get(question), lambda a: answer in a[1])
    time.sleep(FRESHNESS)


@contextlib.contextmanager
def reachable_from_containers(port: int) -> Iterator[None]:
    """Hand on what containers send to this machine's port; the emulator itself hears only us."""
    gateway = docker.bridge_gateway()
    loop = asyncio.new_event_loop()
    stop, ready = asyncio.Event(), threading.Event()
    failed: list[BaseException] = []

    async def serve() -> None:
        assert gateway is not None
        try:
            async with forward(gateway, port):
                ready.set()
                await stop.wait()
        except OSError as error:
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    ready.wait(10)
    if failed:
        raise failed[0]
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
