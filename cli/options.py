"""Options that mean the same in every command."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, override

import click

PORT = click.IntRange(1, 65535)
# Paths are checked by cli.data.files, which names what is wrong with each.
PATHS = click.Path(path_type=Path)
ENVIRONMENTS = ("local", "dev", "prod")
REHEARSAL = re.compile(r"smoke-[0-9a-f]{4}")
type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Environment(click.Choice[str]):
    """An environment, or a rehearsal that was kept (`aquasense smoke --keep`)."""

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if isinstance(value, str) and REHEARSAL.fullmatch(value):
            return value
        return super().convert(value, param, ctx)


def cloud_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --env and --cloud-port, passed as `environment` and `cloud_port`."""
    command = click.option(
        "--cloud-port",
        type=PORT,
        help="Port of the local cloud, if more than one is running.",
    )(command)
    return click.option(
        "--env",
        "environment",
        type=Environment(ENVIRONMENTS),
        default="local",
        show_default=True,
        help="Environment to act on.",
    )(command)


deployed_option = click.option(
    "--env",
    "environment",
    type=Environment(ENVIRONMENTS[1:]),
    required=True,
    help="Environment to act on.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
dataset_option = click.option(
    "--dataset", metavar="NAME", default="", help="Dataset of the files; without it the default."
)


def example(text: str) -> Decorator:
    """Add an example to the help of a command."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        command.__doc__ = f"{command.__doc__}\n\nExample:\n\n\b\n    {text}\n"
        return command

    return add
