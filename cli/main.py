"""The command group `aquasense`, and how a command ends."""

import sys
from importlib import import_module
from typing import Any, override

import click

from aquasense import __version__
from cli.console import Failure, err

# Exit codes, in --help and docs/cli.md.
EXIT_CODES = {
    0: "success",
    1: "the outcome needs attention: a rejected file, a difference, a failure",
    2: "wrong usage: an option, a name or a file that does not exist",
    130: "interrupted",
}
# Command names by heading of --help, and the modules that declare them.
SECTIONS = {
    "Run here": ("cli.commands.local", ("run", "mail", "invoke", "start-api")),
    "Data": (
        "cli.commands.data",
        ("check", "upload", "delete", "purge", "list", "show", "datasets"),
    ),
    "Keep right": ("cli.commands.maintain", ("verify", "rebuild", "redrive", "limits")),
    "Deploy": (
        "cli.commands.deploy",
        ("bootstrap", "image", "push", "deploy", "status", "destroy", "smoke"),
    ),
    "Shell": ("cli.commands.shell", ("completion",)),
}


class Commands(click.Group):
    """Import the module of a command when it is used, and list the commands by section."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for _, names in SECTIONS.values() for name in names]

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for module, names in SECTIONS.values():
            if cmd_name in names:
                command: click.Command = getattr(import_module(module), cmd_name.replace("-", "_"))
                return command
        return None

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, (_, names) in SECTIONS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(title):
                formatter.write_dl(
                    [(name, command.get_short_help_str(100)) for name, command in commands
                     if command]
                )  # fmt: skip
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), text) for code, text in EXIT_CODES.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def aquasense() -> None:
    """Run, feed, check and deploy AquaSenseCloud.

    Each command has --help with an example. --env names the environment a command acts on: local
    (the default, which `aquasense run` starts), dev or prod.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run a command and exit with its code; print an error in one line."""
    try:
        code: Any = aquasense.main(arguments, prog_name="aquasense", standalone_mode=False)
    except Failure as failure:
        err.print(str(failure), markup=False)
        code = failure.code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "aquasense"
        err.print(f"{error.format_message()} See ./{command} --help", markup=False)
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        err.print("Interrupted.")
        code = 130
    except BrokenPipeError:
        # The reader (head, less) has ended; Python's flush at exit would fail.
        sys.stderr.close()
        code = 0
    sys.exit(code)
