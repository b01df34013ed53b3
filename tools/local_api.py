"""The API as a process of this machine, reading the table of the local cloud."""

import sys
import urllib.error
import urllib.request
from types import TracebackType
from typing import Self

from tools import process
from tools.local_cloud import LocalCloud
from tools.local_env import ROOT

DEFAULT_PORT = 5000


class Api:
    """`python -m api`, from start to readiness to a graceful stop.

    with Api(cloud, 5001) as api:
        urllib.request.urlopen(f"{api.url}/months")
    """

    def __init__(self, cloud: LocalCloud, port: int = DEFAULT_PORT) -> None:
        self._cloud = cloud
        self.port = port
        self.url = f"http://localhost:{port}"
        self._child: process.Child | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it reaches the table.

        Raises:
            Failure: the port is taken, or it did not become ready.
        """
        process.require_free_port(self.port, "PORT")
        env = self._cloud.env | {
            "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT / 'ecs'}",
            "TABLE_NAME": self._cloud.outputs["TableName"],
            "ENVIRONMENT": "local",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }
        self._child = process.Child(
            "The API",
            [sys.executable, "-m", "api"],
            env=env,
            log=self._cloud.folder / f"api-{self.port}.log",
            cwd=ROOT,
        )
        self._child.wait_until(self._ready, seconds=30)

    def stop(self) -> None:
        """Stop it as its container is stopped: what is being answered is answered."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def check(self) -> None:
        """Raise Failure if it has ended by itself."""
        if self._child is not None:
            self._child.check()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False
