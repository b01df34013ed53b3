"""The note with which other verbs find a running local cloud."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from cli.console import Failure
from cli.environment import LOCAL


@dataclass(frozen=True, slots=True)
class Running:
    """The addresses of what `aquasense run` started."""

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
        """Write the note to the folder of this cloud."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Atomic: a reader may be waiting for the file.
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self), indent=2) + "\n")
        draft.replace(self._path)

    def remove(self) -> None:
        """Remove the note, unless a later cloud has replaced it."""
        note = _read(self._path)
        if note is not None and note.pid == self.pid:
            self._path.unlink(missing_ok=True)

    @property
    def _path(self) -> Path:
        return LOCAL / str(self.cloud_port) / "run.json"


def find(cloud_port: int | None = None) -> Running:
    """Return the local cloud on a port, or the only one that runs.

    Raises:
        Failure: none is running, or more than one and no port is given.
    """
    notes = (_read(path) for path in sorted(LOCAL.glob("*/run.json")))
    clouds = [note for note in notes if note is not None and _alive(note.pid)]
    if cloud_port is not None:
        clouds = [cloud for cloud in clouds if cloud.cloud_port == cloud_port]
    if not clouds:
        where = f" on port {cloud_port}" if cloud_port else ""
        raise Failure(f"No local cloud is running{where}: start one with ./aquasense run")
    if len(clouds) > 1:
        ports = ", ".join(str(cloud.cloud_port) for cloud in clouds)
        raise Failure(f"Local clouds are running on ports {ports}: add --cloud-port", 2)
    return clouds[0]


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
