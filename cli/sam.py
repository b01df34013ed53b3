"""Run SAM, against the local cloud or AWS."""

import fcntl
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli import datasets, process
from cli.console import Failure
from cli.environment import LOCAL, REGION, ROOT, program


def build(folder: Path | None = None, env: Mapping[str, str] = os.environ) -> None:
    """Build the functions into folder/build, or without a folder into .aws-sam/build.

    Raises:
        Failure: it fails, or a dataset is wrong.
    """
    # A mistake in the datasets would make every function fail at every call.
    datasets.check_datasets()
    with _lock_builds(LOCAL / "build.lock"):
        options = ["--build-dir", str(folder / "build")] if folder else []
        run("build", *options, folder=folder, env=env)


def deploy(folder: Path, env: Mapping[str, str], stack: str, parameters: Mapping[str, str]) -> None:
    """Deploy the build in folder/build.

    Raises:
        Failure: it fails.
    """
    run(
        *("deploy", "--config-env", "local"),
        *("--template-file", str(folder / "build" / "template.yaml")),
        *("--stack-name", stack),
        *("--region", REGION),
        *parameter_overrides(parameters),
        folder=folder,
        env=env,
    )


def parameter_overrides(values: Mapping[str, str]) -> list[str]:
    """Return the `sam deploy` arguments for template parameters, empty values included.

    Raises:
        Failure: SAM cannot take a value.
    """
    for name, value in values.items():
        if "\\" in value or '"' in value:
            raise Failure(f"{name} cannot have a quotation mark or a backslash in it", 2)
    # Without quotation marks SAM rejects empty values and cuts others at the first space.
    return ["--parameter-overrides", *(f'{name}="{value}"' for name, value in values.items())]


def with_path(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with SAM on PATH, and python3.13, which `sam build` looks for."""
    return {**env, "PATH": f"{ROOT}/.venv/bin:{ROOT}/.venv-sam/bin:{env.get('PATH', '')}"}


def run(verb: str, *arguments: str, folder: Path | None, env: Mapping[str, str]) -> None:
    """Run a SAM command, with its output in a log of the folder or, without one, on the terminal.

    Raises:
        Failure: it fails; the code is that of SAM.
    """
    command = [program(".venv-sam", "sam"), verb, "--config-file", str(ROOT / "samconfig.toml")]
    command += arguments
    env = with_path(env)
    if folder:
        env["TMPDIR"] = str(folder / "tmp")
        process.run(f"sam {verb}", command, env=env, log=folder / f"sam-{verb}.log", cwd=ROOT)
        return
    code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    if code != 0:
        raise Failure(f"sam {verb} failed, as said above", code)


@contextmanager
def _lock_builds(lock: Path) -> Iterator[None]:
    """Hold a lock, since builds share a cache."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
