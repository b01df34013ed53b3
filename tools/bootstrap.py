"""Make what has to be there before a deployment: ecs/registry.yaml. Again changes nothing."""

import os

from botocore.exceptions import ClientError

from tools import account
from tools.account import Account
from tools.console import Failure, out, run_tool
from tools.local_env import ROOT
from tools.targets import readable_errors


def main() -> int:
    here = account.find(os.environ.get("ENV", ""))
    with readable_errors():
        done = _create_or_update(here)
        _have_role_for_ecs(here)
        outputs = here.outputs(here.bootstrap_stack) or {}
    here.remember()
    out.print(f"{here.bootstrap_stack} in {here.id}, {here.region}: {done}", markup=False)
    for name, value in sorted(outputs.items()):
        out.print(f"  {name}: {value}", markup=False)
    return 0


def _create_or_update(here: Account) -> str:
    client = here.client("cloudformation")
    wanted = {
        "StackName": here.bootstrap_stack,
        "TemplateBody": (ROOT / "ecs/registry.yaml").read_text(encoding="utf-8"),
        "Parameters": [{"ParameterKey": "Application", "ParameterValue": here.stack}],
    }
    found = here.describe(here.bootstrap_stack)
    if found is not None and found["StackStatus"] == "ROLLBACK_COMPLETE":
        # The remains of a creation that failed; they can only be removed.
        client.delete_stack(StackName=here.bootstrap_stack)
        here.wait(here.bootstrap_stack, "delete")
        found = None
    if found is None:
        client.create_stack(**wanted, OnFailure="DELETE")
        here.wait(here.bootstrap_stack, "create")
        return "created"
    try:
        client.update_stack(**wanted)
    except ClientError as error:
        if "No updates" in str(error):
            return "as it should be"
        raise Failure(f"The bootstrap stack cannot be updated: {error}") from error
    here.wait(here.bootstrap_stack, "update")
    return "updated"


def _have_role_for_ecs(here: Account) -> None:
    """Make the role that ECS itself acts by.

    AWS makes it with an account's first cluster, but a service right behind that cluster can be
    faster than the role, and the first deployment then fails.
    """
    try:
        here.client("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    except ClientError as error:
        # It is there, or whoever runs a lab made it; if nobody did, ECS will say so.
        code = error.response["Error"]["Code"]
        if code not in ("InvalidInput", "EntityAlreadyExists", "AccessDenied"):
            raise


if __name__ == "__main__":
    run_tool(main)
