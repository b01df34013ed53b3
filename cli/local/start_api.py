"""Serve the API by its function: `sam local start-api` on the running local cloud."""

import signal
import subprocess

from cli.environment import ROOT, local_env, program
from cli.local import running
from cli.local.containers import sam_local_options


def start_api(port: int, cloud_port: int | None) -> None:
    """Serve the API until a signal ends it."""
    cloud = running.find(cloud_port)
    command = [program(".venv-sam", "sam"), "local", "start-api", "--port", str(port)]
    process = subprocess.Popen(
        command + sam_local_options(cloud),
        env=local_env(cloud.endpoint),
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )
    # Not SIGINT, which a process started in the background may ignore.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: process.terminate())
    process.wait()
