"""Build the API's image, tagged by commit."""

import os
import subprocess

from tools import commit, docker
from tools.console import Failure, out, run_tool
from tools.local_env import ROOT

NAME = "aquasense-api"


def build(name: str) -> None:
    """Build ecs/Dockerfile as an image of that name.

    Raises:
        Failure: no Docker engine runs, or the build failed.
    """
    docker.require_engine()
    command = [
        *("docker", "build", "--file", "ecs/Dockerfile", "--tag", name),
        *("--build-arg", f"REVISION={commit.tag()}"),
        # Packages come the way they come to this machine: through its proxy, or a mirror on it.
        *("--network", "host"),
        *os.environ.get("BUILD_OPTIONS", "").split(),
        ".",
    ]
    # A registry counts an attestation as an image, of which it keeps the last few.
    env = os.environ | {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        out.print("\n".join(said[-20:]), markup=False)
        raise Failure(f"docker build failed (exit code {done.returncode}), as said above")


def local_name() -> str:
    """What the image of the commit checked out is called on this machine."""
    return f"{NAME}:{commit.tag()}"


def main() -> int:
    name = local_name()
    build(name)
    out.print(name, markup=False)
    return 0


if __name__ == "__main__":
    run_tool(main)
