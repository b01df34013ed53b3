"""Access of containers, which `sam local` starts, to the local cloud."""

import contextlib
import json
from collections.abc import Iterator

from cli import docker
from cli.console import Failure
from cli.environment import LOCAL, ROOT, client
from cli.local.cloud import LocalCloud
from cli.local.forward import forward_in_background
from cli.local.running import Running

# samconfig.toml passes it to `sam local`; the name is the hint in SAM's message when it is missing.
VARIABLES = LOCAL / "written-by-aquasense-run.json"
# The address of the machine in Docker Desktop, where the bridge's gateway is not on it.
DESKTOP_HOST = "host.docker.internal"


@contextlib.contextmanager
def container_access(port: int) -> Iterator[str]:
    """Forward requests of containers to a port of 127.0.0.1.

    Yields:
        The name of this machine in a container, or "" if no Docker engine runs.
    """
    gateway = docker.bridge_gateway()
    if gateway is None:
        yield ""
        return
    try:
        with forward_in_background(gateway, port):
            yield gateway
    except OSError:
        yield DESKTOP_HOST


@contextlib.contextmanager
def function_variables(cloud: LocalCloud, host: str) -> Iterator[None]:
    """Write the variables of the deployed functions for `sam local`, and remove them at the end.

    `sam local` resolves neither references nor numbers. In a container only the cloud's address
    differs.
    """
    endpoint = f"http://{host or '127.0.0.1'}:{cloud.port}"
    functions = client("lambda", cloud.endpoint)
    variables = {
        output.removesuffix("Name"): functions.get_function_configuration(FunctionName=name)[
            "Environment"
        ]["Variables"]
        | {"AWS_ENDPOINT_URL": endpoint}
        for output, name in cloud.outputs.items()
        if output.endswith("FunctionName")
    }
    text = json.dumps(variables, indent=2) + "\n"
    VARIABLES.write_text(text)
    try:
        yield
    finally:
        # Another local cloud may have written it since.
        with contextlib.suppress(FileNotFoundError):
            if VARIABLES.read_text() == text:
                VARIABLES.unlink()


def sam_local_options(cloud: Running) -> list[str]:
    """Return the options with which `sam local` runs a function of a local cloud.

    Raises:
        Failure: no Docker engine runs, or none ran when the cloud started.
    """
    docker.require_engine()
    if not cloud.container_host:
        raise Failure("Docker started after the local cloud: restart ./aquasense run")
    return [
        *("--config-file", str(ROOT / "samconfig.toml")),
        *("--template-file", f"{cloud.build}/template.yaml"),
        *("--region", cloud.region),
        *(["--skip-pull-image"] if docker.has_image() else []),
    ]
