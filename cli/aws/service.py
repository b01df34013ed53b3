"""The ECS service of a deployment."""

from typing import Any

from cli.aws.account import Account


def describe_service(here: Account, outputs: dict[str, str]) -> dict[str, Any] | None:
    """Return the service that the outputs of a stack name, or None if it has no containers."""
    if "ServiceName" not in outputs:
        return None
    services: list[dict[str, Any]] = here.client("ecs").describe_services(
        cluster=outputs["ClusterName"], services=[outputs["ServiceName"]]
    )["services"]
    return services[0]
