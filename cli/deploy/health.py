"""Ask a deployment for its health inside AWS, since the API's doors may be closed."""

import json
from typing import Any

from botocore.exceptions import ClientError

from cli.aws.account import Account
from cli.console import Failure, err

DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")

# A request of API Gateway (payload format 2.0) for a route that reads the table.
REQUEST: dict[str, Any] = {
    "version": "2.0",
    "rawPath": "/months",
    "rawQueryString": "",
    "headers": {},
    "requestContext": {"requestId": "health", "http": {"method": "GET", "path": "/months"}},
}


def check_health(here: Account, outputs: dict[str, str]) -> None:
    """Check that the function answers and that the containers are healthy.

    Raises:
        Failure: they do not, or are not.
    """
    try:
        problems = [*_check_function(here, outputs), *_check_service(here, outputs)]
    except ClientError as error:
        if error.response["Error"]["Code"] not in DENIED:
            raise
        # A role that may deploy but not ask: the deployment itself has succeeded.
        err.print(f"The health was not checked: {error}", markup=False)
        return
    if problems:
        raise Failure(f"{here.stack} is deployed, but {'; '.join(problems)}: see docs/runbook.md")


def _check_function(here: Account, outputs: dict[str, str]) -> list[str]:
    name = outputs.get("QueryFunctionName")
    if not name:
        return []
    answer = here.client("lambda").invoke(FunctionName=name, Payload=json.dumps(REQUEST).encode())
    result = json.loads(answer["Payload"].read() or "null")
    status = result.get("statusCode") if isinstance(result, dict) else None
    return [] if status == 200 else [f"the function {name} does not answer ({status or result})"]


def _check_service(here: Account, outputs: dict[str, str]) -> list[str]:
    if "ServiceName" not in outputs:
        return []
    [service] = here.client("ecs").describe_services(
        cluster=outputs["ClusterName"], services=[outputs["ServiceName"]]
    )["services"]
    problems = []
    if service["runningCount"] < max(service["desiredCount"], 1):
        problems.append(f"{service['runningCount']} of {service['desiredCount']} containers run")
    for balancer in service.get("loadBalancers", []):
        targets = here.client("elbv2").describe_target_health(
            TargetGroupArn=balancer["targetGroupArn"]
        )["TargetHealthDescriptions"]
        if not any(target["TargetHealth"]["State"] == "healthy" for target in targets):
            problems.append("no container is healthy at the balancer")
    return problems
