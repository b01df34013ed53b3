"""Commands that run the system on this machine."""

from pathlib import Path

import click

from cli.options import PORT, cloud_options, example, json_option

cloud_port_option = click.option(
    "--cloud-port", type=PORT, help="Port of the local cloud, if more than one is running."
)
SAMPLE = Path(__file__).parents[2] / "events/temperatura_1.csv"


@click.command()
@click.option("--port", type=PORT, default=5000, show_default=True, help="Port of the API.")
@click.option(
    "--cloud-port", type=PORT, default=4566, show_default=True, help="Port of the emulated cloud."
)
@click.option(
    "--sample",
    "samples",
    metavar="FILE|none",
    multiple=True,
    default=[str(SAMPLE)],
    show_default="events/temperatura_1.csv",
    help="File or folder to upload at the start.",
)
@click.option("--keep", is_flag=True, help="Keep the data for the next run with --keep.")
@example("./aquasense run --port 5001 --cloud-port 4600 --sample none")
def run(port: int, cloud_port: int, samples: tuple[str, ...], keep: bool) -> None:
    """Start the emulated cloud, the deployed stack, the API and a sample; Ctrl-C stops it."""
    from cli.local.run import run

    paths = [Path(sample) for sample in samples if sample not in ("", "none")]
    run(port, cloud_port, paths, keep=keep)


@click.command()
@cloud_options
@json_option
@example("./aquasense mail")
def mail(environment: str, cloud_port: int | None, as_json: bool) -> None:
    """Print the alerts sent in the local cloud, oldest first, one JSON object per line."""
    from cli.local.mail import print_mail

    if environment != "local":
        raise click.UsageError("AWS keeps no copies of mails; GET /alerts has every alert.")
    print_mail(cloud_port, as_json=as_json)


@click.command()
@click.argument("event", default="put")
@cloud_port_option
@example("./aquasense invoke put-encoded-key")
def invoke(event: str, cloud_port: int | None) -> int:
    """Run a function in Docker on an event: a name in events/, a file, or - for standard input."""
    from cli.local.invoke import invoke

    return invoke(event, cloud_port)


@click.command()
@click.option("--port", type=PORT, default=3000, show_default=True, help="Port of the API.")
@cloud_port_option
@example("./aquasense start-api --port 3001")
def start_api(port: int, cloud_port: int | None) -> None:
    """Serve the API by its function in Docker, while `aquasense run` runs."""
    from cli.local.start_api import start_api

    start_api(port, cloud_port)
