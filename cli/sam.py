"""Run SAM against the local cloud."""

import fcntl
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
    _run("build", ["--build-dir", str(build_folder)], log_folder, env)


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
    arguments = [
        *("--config-env", "local"),
        *("--template-file", str(build_folder / "template.yaml")),
        *("--stack-name", stack),
        *("--region", REGION),
        *parameter_overrides(parameters),
    ]
    _run("deploy", arguments, log_folder, env)


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


def _run(verb: str, arguments: list[str], folder: Path, env: Mapping[str, str]) -> None:
    process.run(
        f"sam {verb}",
        [program(".venv-sam", "sam"), verb, "--config-file", str(ROOT / "samconfig.toml")]
        + arguments,
        env=with_path(env) | {"TMPDIR": str(folder / "tmp")},
        log=folder / f"sam-{verb}.log",
        cwd=ROOT,
    )


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a lock between processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
