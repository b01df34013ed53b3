"""Shell completion."""

import click
from click.shell_completion import get_completion_class

from cli.options import example


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
@example('eval "$(./aquasense completion bash)"')
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands and options in a shell."""
    script = get_completion_class(shell)
    if script is None:
        raise click.UsageError(f"Click cannot complete in {shell}")
    root = ctx.find_root()
    click.echo(script(root.command, {}, "aquasense", "_AQUASENSE_COMPLETE").source())
