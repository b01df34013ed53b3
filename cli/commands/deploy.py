"""Commands that deploy to AWS."""

from pathlib import Path
from typing import Any

import click

from cli.options import PATHS, cloud_options, deployed_option, example, json_option

owner_option = click.option(
    "--owner", metavar="TEXT", default="", help="Tag `owner` of every resource; kept from then on."
)
settings_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Parameter of template.yaml; can be repeated.",
)


@click.command()
@deployed_option
@owner_option
@example("./aquasense bootstrap --env dev")
def bootstrap(environment: str, owner: str) -> None:
    """Create the image registry and the artifacts bucket, once for each environment."""
    from cli.deploy.bootstrap import bootstrap

    bootstrap(environment, owner)


@click.command()
@click.option(
    "--build-option", "options", multiple=True, metavar="TEXT", help="Option of `docker build`."
)
@example("./aquasense image --build-option --platform=linux/arm64")
def image(options: tuple[str, ...]) -> None:
    """Build the API's image, tagged by commit."""
    from cli.deploy.image import build_image

    build_image(options)


@click.command()
@deployed_option
@example("./aquasense push --env dev")
def push(environment: str) -> None:
    """Push the commit's image to the registry; repeating this changes nothing."""
    from cli.deploy.registry import push

    push(environment)


@click.command()
@deployed_option
@settings_option
@click.option(
    "--image",
    "image_choice",
    type=click.Choice(["commit", "none"]),
    default="commit",
    show_default=True,
    help="Deploy the commit's image, or no containers.",
)
@click.option(
    "--architecture",
    type=click.Choice(["X86_64", "ARM64"]),
    help="Architecture of the image, if another machine built it.",
)
@owner_option
@click.option(
    "--digest", metavar="SHA256", default="", help="Refuse an image with any other digest."
)
@click.option(
    "--accept-findings", is_flag=True, help="Deploy to prod despite ECR's findings in the image."
)
@click.option(
    "--dry-run", is_flag=True, help="Show all changes, in nested stacks too, and deploy nothing."
)
@click.option("--yes", is_flag=True, help="Deploy without asking.")
@example("./aquasense deploy --env dev --set AlertEmail=you@example.org")
def deploy(
    environment: str,
    settings: tuple[str, ...],
    image_choice: str,
    architecture: str | None,
    **choices: Any,
) -> None:
    """Build and deploy with the commit's image."""
    from cli.deploy.deploy import Options, deploy

    deploy(
        environment,
        settings,
        containers=image_choice == "commit",
        architecture=architecture or "",
        options=Options(**choices),
    )


@click.command()
@cloud_options
@json_option
@example("./aquasense status --env dev")
def status(environment: str, cloud_port: int | None, as_json: bool) -> int:
    """Print what is deployed, what waits or fails, and this month's costs."""
    from cli.deploy.status import show_status

    return int(not show_status(environment, cloud_port, as_json=as_json))


@click.command()
@deployed_option
@click.option(
    "--confirm",
    "confirmed",
    metavar="STACK",
    default="",
    help="Remove without asking the stack of this name.",
)
# An earlier name of --confirm; in other commands --yes takes no value.
@click.option("--yes", "earlier_name", metavar="STACK", default="", hidden=True)
@example("./aquasense destroy --env dev")
def destroy(environment: str, confirmed: str, earlier_name: str) -> None:
    """Remove everything, including data and images, after a confirmation."""
    from cli.deploy.destroy import destroy

    destroy(environment, confirmed or earlier_name)


@click.command()
@settings_option
@click.option("--containers", is_flag=True, help="Build, push and deploy the containers too.")
@click.option("--keep", is_flag=True, help="Leave the deployment there, to look at it.")
@click.option("--yes", is_flag=True, help="Begin without asking.")
@click.option(
    "--output",
    type=PATHS,
    metavar="FILE",
    help="File of the report: JSON if it is named so, otherwise Markdown.",
)
@json_option
@example("./aquasense smoke --output report.md")
def smoke(
    settings: tuple[str, ...],
    containers: bool,
    keep: bool,
    yes: bool,
    output: Path | None,
    as_json: bool,
) -> int:
    """Rehearse on AWS: deploy a stack of its own, try what only AWS shows, and remove it.

    It is removed after a failure or Ctrl-C too. The report says what passed, how long it took,
    what it cost and what differed from the emulator; please send it to the maintainers.
    """
    from cli.smoke.rehearsal import smoke

    return int(
        not smoke(
            settings, containers=containers, keep=keep, yes=yes, as_json=as_json, output=output
        )
    )
