"""Serve the API by its function: `sam local start-api` on the running local cloud."""

import asyncio
import os
import signal

from tools import running
from tools.console import Failure, run_tool
from tools.local_env import ROOT, local_env, program
from tools.sam_local import options

DEFAULT_PORT = "3000"


def main() -> int:
    return asyncio.run(_serve(running.find(), os.environ.get("API_PORT") or DEFAULT_PORT))


async def _serve(cloud: running.Running, port: str) -> int:
    if not port.isdecimal():
        raise Failure(f"API_PORT must be a number, not {port!r}", 2)
    async with options(cloud, "QueryFunction") as sam_options:
        process = await asyncio.create_subprocess_exec(
            *(program(".venv-sam", "sam"), "local", "start-api", "--port", port, *sam_options),
            env=local_env(cloud.endpoint),
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
        )
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, _stop, process)
        await process.wait()
    return 0


def _stop(process: asyncio.subprocess.Process) -> None:
    # Not SIGINT, which a process started in the background may ignore.
    if process.returncode is None:
        process.terminate()


if __name__ == "__main__":
    run_tool(main)
