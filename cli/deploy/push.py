"""Push the image of the commit that is checked out; repeating this changes nothing."""

from cli import docker
from cli.console import Failure, out
from cli.deploy import account, commit, image
from cli.deploy.registry import Registry
from cli.targets import readable_errors


def push(environment: str) -> None:
    """Push the image of the commit to the registry of an environment."""
    here = account.find(environment)
    docker.require_engine()
    changed = commit.changed()
    if changed:
        raise Failure(
            f"Not committed: {changed[0].strip()}{' and more' if changed[1:] else ''}. "
            "An image is tagged by its commit, so commit first"
        )
    tag, local = commit.tag(), image.local_name()
    with readable_errors():
        registry = Registry.find(here)
        digest = registry.digest(tag)
        if digest is None:
            if not docker.has_image(local):
                raise Failure(f"There is no image {local} on this machine: ./aquasense image")
            registry.push(local, tag)
            digest = registry.digest(tag)
    out.print(f"{registry.uri}:{tag} is {digest}", markup=False)
