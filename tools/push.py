"""Push the image of the commit that is checked out; repeating this changes nothing."""

import os

from tools import account, commit, docker, image
from tools.console import Failure, out, run_tool
from tools.registry import Registry
from tools.targets import readable_errors


def main() -> int:
    here = account.find(os.environ.get("ENV", ""))
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
                raise Failure(f"There is no image {local} on this machine: make image")
            registry.push(local, tag)
            digest = registry.digest(tag)
    out.print(f"{registry.uri}:{tag} is {digest}", markup=False)
    return 0


if __name__ == "__main__":
    run_tool(main)
