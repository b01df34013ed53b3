"""Start, await, measure and stop the programs of the benchmark."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.results import CannotStart
from cli.environment import CREDENTIALS

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".local" / "bench"
BASE = {
    "PATH": os.environ.get("PATH", ""),
    "HOME": str(FOLDER),
    "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT / 'ecs'}:{ROOT}",
    **CREDENTIALS,
    "TABLE_NAME": "bench",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "bench",
}


@contextmanager
def server(
    name: str, command: Sequence[str], port: int, env: Mapping[str, str], path: str = "/health"
) -> Iterator[int]:
    """Run a server and yield its process id once it answers.

    Raises:
        CannotStart: it does not answer.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    log = FOLDER / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**BASE, **env}, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT,
            start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5):
                    break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                if process.poll() is not None or time.monotonic() > deadline:
                    last_lines = log.read_text(errors="replace").strip().splitlines()[-3:]
                    raise CannotStart(f"{name} does not start: {' / '.join(last_lines)}") from None
                time.sleep(0.05)
        yield process.pid
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process with its threads and children."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        total = sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError) as error:
        raise CannotStart(f"this needs Linux and a process {pid}: {error}") from error
    return total + sum(cpu_seconds(int(child)) for child in children)


def worker(
    module: str,
    *arguments: object,
    env: Mapping[str, str] | None = None,
    python: str | Path = sys.executable,
) -> Any:
    """Run bench.workers.<module> and return the JSON it prints last.

    Raises:
        CannotStart: it failed.
    """
    command = [python, "-m", f"bench.workers.{module}", *map(str, arguments)]
    process = subprocess.run(
        command, env={**BASE, **(env or {})}, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if process.returncode != 0:
        raise CannotStart(f"{module}: {' / '.join(process.stderr.strip().splitlines()[-3:])}")
    return json.loads(process.stdout.strip().splitlines()[-1])
