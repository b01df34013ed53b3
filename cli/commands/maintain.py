"""Commands that compare and repair what is stored."""

import click

from cli.options import cloud_options, example


@click.command()
@cloud_options
@example("./aquasense verify --env dev")
def verify(environment: str, cloud_port: int | None) -> int:
    """Compare the table with the bucket and print every difference."""
    from cli.maintain.verify import verify

    return int(not verify(environment, cloud_port))


@click.command()
@click.option("--force", is_flag=True, help="Ingest uploads that have a receipt, too.")
@cloud_options
@example("./aquasense rebuild --env dev")
def rebuild(force: bool, environment: str, cloud_port: int | None) -> None:
    """Rebuild the table from the bucket; can be interrupted and restarted."""
    from cli.maintain.rebuild import rebuild_table

    rebuild_table(environment, cloud_port, force=force)


@click.command()
@cloud_options
@example("./aquasense redrive --env dev")
def redrive(environment: str, cloud_port: int | None) -> None:
    """Move messages of the dead-letter queue back, once their cause is fixed."""
    from cli.maintain.redrive import redrive_all

    redrive_all(environment, cloud_port)
