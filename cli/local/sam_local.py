"""Options with which `sam local` runs a function of the local cloud in its container."""

import contextlib
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from cli import docker
from cli.console import Failure
from cli.environment import LOCAL, ROOT, client
from cli.local import running
from cli.local.forward import forward

# The address of the machine in Docker Desktop, where the bridge's gateway is not on it.
DESKTOP_HOST = "host.docker.internal"


@contextlib.asynccontextmanager
async def options(cloud: running.Running, function: str) -> AsyncIterator[list[str]]:
    """Yield options for `sam local`, and forward the container's requests to the cloud meanwhile.

    Raises:
        Failure: no Docker engine runs, or the function is not deployed.
    """
    docker.require_engine()
    variables = _variables(cloud, function)
    async with contextlib.AsyncExitStack() as stack:
        host = DESKTOP_HOST
        gateway = docker.bridge_gateway()
        if gateway:
            with contextlib.suppress(OSError):
                await stack.enter_async_context(forward(gateway, cloud.cloud_port))
                host = gateway
        # sam local resolves neither references nor numbers, so the values are those of the deployed
        # function. Only the cloud's address differs within a container.
        variables["AWS_ENDPOINT_URL"] = f"http://{host}:{cloud.cloud_port}"
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aquasense-local-")))
        (folder / "env.json").write_text(json.dumps({"Parameters": variables}))
        yield [
            *("--config-file", str(ROOT / "samconfig.toml")),
            *("--template-file", str(LOCAL / str(cloud.cloud_port) / "build" / "template.yaml")),
            *("--env-vars", str(folder / "env.json")),
            *("--region", cloud.region),
            *(["--skip-pull-image"] if docker.has_image() else []),
        ]


def _variables(cloud: running.Running, function: str) -> dict[str, str]:
    name = cloud.outputs.get(f"{function}Name")
    if name is None:
        raise Failure(f"{function} is not deployed in the local cloud")
    deployed = client("lambda", cloud.endpoint).get_function_configuration(FunctionName=name)
    return dict(deployed["Environment"]["Variables"])
