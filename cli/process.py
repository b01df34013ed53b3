"""Start child processes and stop them with everything that they started."""

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from cli.console import Failure

STOP_SECONDS = 10.0


class Child:
    """A process in a session of its own, so that Ctrl-C does not reach it directly."""

    def __init__(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path
    ) -> None:
        self.name = name
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def check(self) -> None:
        """Raise Failure if the process has ended by itself."""
        code = self._process.poll()
        if code is not None:
            raise Failure(f"{self.name} stopped by itself (exit code {code}); see {self._log}")

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Wait until the process is ready.

        Raises:
            Failure: it ended, or was not ready in time.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise Failure(f"{self.name} was not ready after {seconds:.0f} s; see {self._log}")
            time.sleep(0.1)

    def wait(self) -> int:
        """Wait for the end and return the exit code."""
        return self._process.wait()

    def stop(self) -> None:
        """Terminate the process, and kill what is left of its group."""
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        # Children that the process did not wait for are still in its group.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def run(name: str, command: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path) -> None:
    """Run a command to its end.

    Raises:
        Failure: it fails; the message has the last line of its output.
    """
    child = Child(name, command, env=env, log=log, cwd=cwd)
    try:
        code = child.wait()
    finally:
        child.stop()
    if code != 0:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        last = lines[-1].strip() if lines else "no output"
        raise Failure(f"{name} failed (exit code {code}): {last} (all of it: {log})")


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def require_free_port(port: int, option: str, host: str = "127.0.0.1") -> None:
    """Raise Failure if the port is in use."""
    with socket.socket() as probe:
        # As servers do: a connection that was just closed does not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Failure(
                f"Port {port} is taken or not allowed ({error.strerror}): "
                f"choose another, as in {option} {port + 1}"
            ) from error


def answers(url: str) -> bool:
    """Return whether a GET is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


class ManagedProcess:
    """A service that runs as one child process within a `with` block."""

    _child: Child | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the child and wait until it answers.

        Raises:
            Failure: it does not answer.
        """
        raise NotImplementedError

    def stop(self) -> None:
        """Stop the child, if one runs."""
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
