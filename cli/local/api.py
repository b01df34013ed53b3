"""Run the API as a process of this machine, on the table of the local cloud."""

import sys

from cli import process
from cli.environment import ROOT
from cli.local.cloud import LocalCloud

DEFAULT_PORT = 5000


class Api(process.ManagedProcess):
    """`python -m api`, from start to graceful stop.

    with Api(cloud, 5001) as api:
        urllib.request.urlopen(f"{api.url}/months")
    """

    def __init__(self, cloud: LocalCloud, port: int = DEFAULT_PORT) -> None:
        self._cloud = cloud
        self.port = port
        self.url = f"http://localhost:{port}"

    def start(self) -> None:
        """Start the API and wait until it reaches the table.

        Raises:
            Failure: the port is taken, or the API does not become ready.
        """
        process.require_free_port(self.port, "--port")
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

    def _ready(self) -> bool:
        return process.answers(f"http://127.0.0.1:{self.port}/ready")
