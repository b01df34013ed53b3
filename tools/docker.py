"""What is asked of the Docker engine, through its own command line."""

import ipaddress
import json
import shutil
import subprocess

from tools.console import Failure

IMAGE = "public.ecr.aws/lambda/python:3.13-x86_64"


def require_engine() -> None:
    """Raise Failure where no engine answers."""
    if shutil.which("docker") is None:
        raise Failure("This needs Docker, which is not installed here (everything else works)")
    if _docker("version") is None:
        raise Failure("This needs a running Docker engine, and none answers: start Docker")


def has_image(name: str = IMAGE) -> bool:
    """Whether the image is on this machine, so that nothing needs to be pulled."""
    return _docker("image", "inspect", name) is not None


def bridge_gateway() -> str | None:
    """The address under which containers of the default network see this machine."""
    answer = _docker("network", "inspect", "bridge")
    if answer is None:
        return None
    configs = json.loads(answer)[0].get("IPAM", {}).get("Config") or []
    for config in configs:
        subnet = ipaddress.ip_network(config["Subnet"])
        if subnet.version == 4:
            # Older engines leave it out; it is the first address then.
            return str(config.get("Gateway") or subnet[1])
    return None


def _docker(*arguments: str) -> str | None:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None
