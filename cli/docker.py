"""Run commands of the Docker engine."""

import ipaddress
import json
import os
import shutil
import subprocess
from collections.abc import Mapping

from cli.console import Failure, err
from cli.environment import ROOT

IMAGE = "public.ecr.aws/lambda/python:3.13-x86_64"
# Values of the template's CpuArchitecture.
ARCHITECTURES = {"amd64": "X86_64", "arm64": "ARM64"}


def run(
    *arguments: str, stdin: str | None = None, env: Mapping[str, str] | None = None, tail: int = 0
) -> str:
    """Run a Docker command in the root folder and return its output.

    Args:
        arguments: of docker.
        stdin: its standard input.
        env: environment variables in addition to those of this process.
        tail: number of lines of its output to print if it fails.

    Raises:
        Failure: it fails; the message has the last line of its output.
    """
    try:
        process = subprocess.run(
            ["docker", *arguments],
            input=stdin,
            env=os.environ | (env or {}),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise Failure(f"docker cannot be run: {error.strerror}") from error
    if process.returncode != 0:
        lines = (process.stdout + process.stderr).strip().splitlines() or ["no output"]
        for line in lines[-tail - 1 : -1]:
            err.print(line, markup=False)
        raise Failure(f"docker {arguments[0]} failed: {lines[-1]}")
    return process.stdout.strip()


def require_engine() -> None:
    """Raise Failure if no Docker engine answers."""
    if shutil.which("docker") is None:
        raise Failure("This needs Docker, which is not installed here (everything else works)")
    if _output("version") is None:
        raise Failure("This needs a running Docker engine, and none answers: start Docker")


def has_image(name: str = IMAGE) -> bool:
    """Return whether the image is on this machine, so that nothing needs to be pulled."""
    return _output("image", "inspect", name) is not None


def architecture(image: str) -> str:
    """Return the architecture of an image as a value of CpuArchitecture."""
    name = run("image", "inspect", "--format", "{{.Architecture}}", image)
    if name not in ARCHITECTURES:
        raise Failure(f"Fargate runs amd64 and arm64 only, and {image} is for {name}")
    return ARCHITECTURES[name]


def bridge_gateway() -> str | None:
    """Return the address under which containers of the default network reach this machine."""
    output = _output("network", "inspect", "bridge")
    if output is None:
        return None
    configs = json.loads(output)[0].get("IPAM", {}).get("Config") or []
    for config in configs:
        subnet = ipaddress.ip_network(config["Subnet"])
        if subnet.version == 4:
            # Older engines omit the gateway; it is the first address then.
            return str(config.get("Gateway") or subnet[1])
    return None


def _output(*arguments: str) -> str | None:
    try:
        return run(*arguments)
    except Failure:
        return None
