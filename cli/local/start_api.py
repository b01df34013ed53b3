"""Serve the API by its function: `sam local start-api` on the running local cloud."""

import asyncio
import signal

from cli.environment import ROOT, local_env, program
from cli.local import running
from cli.local.sam_local import options


def start_api(port: int, cloud_port: int | None) -> None:
    """Serve the API until a signal ends it."""
    asyncio.run(_serve(running.find(cloud_port), port))


async def _serve(cloud: running.Running, port: int) -> None:
    async with options(cloud, "QueryFunction") as sam_options:
        process = await asyncio.create_subprocess_exec(
            *(program(".venv-sam", "sam"), "local", "start-api", "--port", str(port), *sam_options),
            env=local_env(cloud.endpoint),
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
        )
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, _stop, process)
        await process.wait()


def _stop(process: asyncio.subprocess.Process) -> None:
    # Not SIGINT, which a process started in the background may ignore.
    if process.returncode is None:
        process.terminate()
