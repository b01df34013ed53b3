"""Build the API's image, tagged by commit."""

from collections.abc import Sequence

from aquasense import __version__
from cli import docker
from cli.console import out
from cli.deploy import commit

NAME = "aquasense-api"


def build(name: str, options: Sequence[str] = ()) -> None:
    """Build ecs/Dockerfile as an image of that name.

    Raises:
        Failure: no Docker engine runs, or the build fails.
    """
    docker.require_engine()
    docker.run(
        *("build", "--file", "ecs/Dockerfile", "--tag", name),
        *("--build-arg", f"REVISION={commit.tag()}"),
        *("--build-arg", f"VERSION={__version__}"),
        # The build reaches the package index as this machine does: by its proxy or a local mirror.
        *("--network", "host"),
        *options,
        ".",
        # A registry counts an attestation as an image, and keeps only the last few images.
        env={"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"},
        tail=20,
    )


def local_name() -> str:
    """Return the local name of the image of the commit that is checked out."""
    return f"{NAME}:{commit.tag()}"


def build_image(options: Sequence[str]) -> None:
    """Build the image of the commit, and print its name."""
    name = local_name()
    build(name, options)
    out.print(name, markup=False)
