"""The note with which other verbs find a running local cloud."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.console import Failure
from tools.local_env import LOCAL


@dataclass(frozen=True, slots=True)
class Running:
    """The addresses of what `make run` started."""

    pid: int
    cloud_pid: int
    api_pid: int
    cloud_port: int
    endpoint: str
    api: str
    region: str
    stack: str
    mail_queue: str
    outputs: dict[str, str]

    def write(self) -> None:
        """Write the note: to the folder of this cloud, and as the latest one."""
        for path in self._paths():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Atomic: a reader may be waiting for the file.
            draft = path.with_suffix(".draft")
            draft.write_text(json.dumps(asdict(self), indent=2) + "\n")
            draft.replace(path)

    def remove(self) -> None:
        """Remove the note, unless a later cloud has replaced it."""
        for path in self._paths():
            note = _read(path)
            if note is not None and note.pid == self.pid:
                path.unlink(missing_ok=True)

    def _paths(self) -> tuple[Path, Path]:
        return LOCAL / str(self.cloud_port) / "run.json", LOCAL / "run.json"


def find() -> Running:
    """Return the cloud that `make run` started: on CLOUD_PORT, or the latest.

    Raises:
        Failure: nothing is running.
    """
    port = os.environ.get("CLOUD_PORT")
    path = LOCAL / port / "run.json" if port else LOCAL / "run.json"
    note = _read(path)
    if note is None or not _alive(note.pid):
        where = f" on port {port}" if port else ""
        raise Failure(f"No local cloud is running{where}: start one with make run")
    return note


def _read(path: Path) -> Running | None:
    try:
        return Running(**json.loads(path.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
