"""The note with which other commands find a running local cloud."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from cli.console import Failure, err
from cli.environment import LOCAL


@dataclass(frozen=True, slots=True)
class ProcessNote:
    """A process, identified by its id and start time, since ids are reused."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "ProcessNote":
        return cls(pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """Return the process, or None if it has ended."""
        try:
            process = psutil.Process(self.pid)
            if process.create_time() == self.started and process.status() != psutil.STATUS_ZOMBIE:
                return process
        except psutil.NoSuchProcess:
            pass
        return None


@dataclass(frozen=True, slots=True)
class Running:
    """The processes and addresses of what `aquasense run` started.

    The outputs are empty until everything runs.
    """

    runner: ProcessNote
    children: list[ProcessNote]
    cloud_port: int
    api_port: int
    endpoint: str
    api: str
    region: str
    stack: str
    mail_queue: str
    build: str
    container_host: str
    outputs: dict[str, str]

    def write(self) -> None:
        """Write the note to the folder of this cloud."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Atomic: a reader may be waiting for the file.
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self), indent=2) + "\n")
        draft.replace(self._path)

    def remove(self) -> None:
        """Remove the note."""
        self._path.unlink(missing_ok=True)

    @property
    def leftovers(self) -> list[psutil.Process]:
        """Return the processes that still run although `aquasense run` has ended."""
        if self.runner.find():
            return []
        return [process for child in self.children if (process := child.find())]

    @property
    def _path(self) -> Path:
        return LOCAL / str(self.cloud_port) / "run.json"


def find(cloud_port: int | None = None) -> Running:
    """Return the local cloud on a port, or the only one that runs.

    Raises:
        Failure: none is running, or more than one and no port is given.
    """
    clouds = [note for note in read_notes() if note.runner.find()]
    ports = ", ".join(str(cloud.cloud_port) for cloud in clouds)
    if cloud_port is not None:
        matching = [cloud for cloud in clouds if cloud.cloud_port == cloud_port]
        if not matching:
            others = f" (one is on {ports})" if clouds else ""
            raise Failure(
                f"No local cloud is running on port {cloud_port}{others}: start one with "
                f"./aquasense run --cloud-port {cloud_port}"
            )
    else:
        matching = clouds
        if not clouds:
            raise Failure("No local cloud is running: start one with ./aquasense run")
    if len(matching) > 1:
        raise Failure(f"Local clouds are running on ports {ports}: choose with --cloud-port", 2)
    if not matching[0].outputs:
        raise Failure(
            f"The local cloud on port {matching[0].cloud_port} is still starting: repeat this when "
            "it is running"
        )
    if len(clouds) > 1:
        err.print(f"Using the local cloud on port {matching[0].cloud_port}.")
    return matching[0]


def read_notes() -> list[Running]:
    """Return the notes of all local clouds of this checkout, running or not."""
    notes = (_read(path) for path in sorted(LOCAL.glob("*/run.json")))
    return [note for note in notes if note is not None]


def _read(path: Path) -> Running | None:
    try:
        members = json.loads(path.read_text())
        runner = ProcessNote(**members.pop("runner"))
        children = [ProcessNote(**child) for child in members.pop("children")]
        return Running(runner=runner, children=children, **members)
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return None
