"""Commands that compare and repair what is stored, and the limits it is tested by."""

import click

from cli.options import cloud_options, example, json_option


@click.command()
@cloud_options
@json_option
@example("./aquasense verify --env dev")
def verify(environment: str, cloud_port: int | None, as_json: bool) -> int:
    """Compare the table with the bucket and print every difference."""
    from cli.maintain.verify import verify

    return int(not verify(environment, cloud_port, as_json=as_json))


@click.command()
@click.option("--yes", is_flag=True, help="Remove items that follow from no file without asking.")
@click.option(
    "--from", "source", metavar="TABLE", default="", help="Copy a restored table's items first."
)
@cloud_options
@json_option
@example("./aquasense rebuild --env dev")
def rebuild(yes: bool, source: str, environment: str, cloud_port: int | None, as_json: bool) -> int:
    """Make the table agree with the bucket, without sending alerts.

    Missing and altered items are written again. Items that follow from no file are listed and,
    after a confirmation, removed. The command can be interrupted and repeated.
    """
    from cli.maintain.rebuild import rebuild

    return int(not rebuild(environment, cloud_port, yes=yes, as_json=as_json, source=source))


@click.command()
@cloud_options
@json_option
@example("./aquasense redrive --env dev")
def redrive(environment: str, cloud_port: int | None, as_json: bool) -> int:
    """Move files of the dead-letter queue back, and send missed alerts, once the cause is fixed.

    Messages that are no notification of a file are listed, and stay in the queue.
    """
    from cli.maintain.redrive import redrive_all

    return int(not redrive_all(environment, cloud_port, as_json=as_json))


@click.command()
@click.argument("dataset")
@click.option("--write", is_flag=True, help="Write the proposed limits to functions/datasets.toml.")
@cloud_options
@json_option
@example("./aquasense limits marmenor.temperature")
def limits(
    dataset: str, write: bool, environment: str, cloud_port: int | None, as_json: bool
) -> None:
    """Propose the quality limits of a dataset from its own readings.

    Printed are, beside today's, each limit with the number of readings that it alone flags, and the
    share of typical errors that all limits together catch. The next deployment applies what is
    written.
    """
    from cli import targets
    from cli.maintain.limits import propose

    propose(targets.find(environment, cloud_port), dataset, write=write, as_json=as_json)
