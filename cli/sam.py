"""Run SAM, against the local cloud or AWS."""

import fcntl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli import datasets, process
from cli.console import Failure
from cli.environment import REGION, ROOT, program


def build(build_folder: Path, log_folder: Path, env: Mapping[str, str]) -> None:
    """Build the functions into a folder.

    Raises:
        Failure: it fails, or a dataset is wrong.
    """
    # A mistake in the datasets would make every function fail at every call.
    datasets.check_datasets()
    run("build", "--build-dir", str(build_folder), log_folder=log_folder, env=env)


def deploy(
    build_folder: Path,
    log_folder: Path,
    env: Mapping[str, str],
    stack: str,
    parameters: Mapping[str, str],
) -> None:
    """Deploy a build.

    Raises:
        Failure: it fails.
    """
    run(
        *("deploy", "--config-env", "local"),
        *("--template-file", str(build_folder / "template.yaml")),
        *("--stack-name", stack),
        *("--region", REGION),
        *parameter_overrides(parameters),
        log_folder=log_folder,
        env=env,
    )


def parameter_overrides(values: Mapping[str, str]) -> list[str]:
    """Return the `sam deploy` arguments for template parameters, empty values included.

    Raises:
        Failure: SAM cannot take a value.
    """
    return ["--parameter-overrides", *_quote(values)]


def tags(values: Mapping[str, str]) -> list[str]:
    """Return the `sam deploy` arguments for tags of every resource.

    Raises:
        Failure: SAM cannot take a value.
    """
    return ["--tags", *_quote(values)]


def _quote(values: Mapping[str, str]) -> list[str]:
    for name, value in values.items():
        if "\\" in value or '"' in value:
            raise Failure(f"{name} cannot have a quotation mark or a backslash in it", 2)
    # Without quotation marks SAM rejects empty values and cuts others at the first space.
    return [f'{name}="{value}"' for name, value in values.items()]


def with_path(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with SAM on PATH, and python3.13, which `sam build` looks for."""
    return {**env, "PATH": f"{ROOT}/.venv/bin:{ROOT}/.venv-sam/bin:{env.get('PATH', '')}"}


def run(verb: str, *arguments: str, log_folder: Path | None, env: Mapping[str, str]) -> None:
    """Run a SAM command, with its output in a log of the folder or, without one, on the terminal.

    Raises:
        Failure: it fails; the code is that of SAM.
    """
    command = [program(".venv-sam", "sam"), verb, "--config-file", str(ROOT / "samconfig.toml")]
    command += arguments
    env = with_path(env)
    if log_folder:
        temporary = log_folder / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        env["TMPDIR"] = str(temporary)
        process.run(f"sam {verb}", command, env=env, log=log_folder / f"sam-{verb}.log", cwd=ROOT)
        return
    code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    if code != 0:
        raise Failure(f"sam {verb} failed, as said above", code)


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a lock between processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
