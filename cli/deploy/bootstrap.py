"""Create or update the stack that a deployment needs first: ecs/registry.yaml."""

from botocore.exceptions import ClientError

from cli.aws import account
from cli.aws.account import Account, readable_errors
from cli.console import Failure, out
from cli.deploy import safeguards
from cli.environment import ROOT


def bootstrap(environment: str, owner: str = "") -> None:
    """Create or update the bootstrap stack of an environment.

    Args:
        environment: dev or prod.
        owner: value of the tag of that name; empty keeps it.
    """
    here = account.find(environment)
    with readable_errors():
        outcome = _create_or_update(here, owner)
        _ensure_role_of_ecs(here)
        outputs = here.outputs(here.bootstrap_stack) or {}
    here.save()
    out.print(f"{here.bootstrap_stack} in {here.id}, {here.region}: {outcome}", markup=False)
    for name, value in sorted(outputs.items()):
        out.print(f"  {name}: {value}", markup=False)


def _create_or_update(here: Account, owner: str) -> str:
    client = here.client("cloudformation")
    description = here.describe(here.bootstrap_stack)
    tags = safeguards.choose_tags(here.environment, owner, description)
    request = {
        "StackName": here.bootstrap_stack,
        "TemplateBody": (ROOT / "ecs/registry.yaml").read_text(encoding="utf-8"),
        "Parameters": [{"ParameterKey": "Application", "ParameterValue": here.stack}],
        "Tags": [{"Key": name, "Value": value} for name, value in tags.items()],
    }
    if description is not None and description["StackStatus"] == "ROLLBACK_COMPLETE":
        # A creation failed; such a stack can only be deleted.
        client.delete_stack(StackName=here.bootstrap_stack)
        here.wait(here.bootstrap_stack, "delete")
        description = None
    if description is None:
        client.create_stack(**request, OnFailure="DELETE")
        here.wait(here.bootstrap_stack, "create")
        return "created"
    try:
        client.update_stack(**request)
    except ClientError as error:
        if "No updates" in str(error):
            return "as it should be"
        raise Failure(f"The bootstrap stack cannot be updated: {error}") from error
    here.wait(here.bootstrap_stack, "update")
    return "updated"


def _ensure_role_of_ecs(here: Account) -> None:
    """Create the service-linked role of ECS.

    AWS creates it with an account's first cluster, but the first service can need it earlier, and
    the first deployment then fails.
    """
    try:
        here.client("iam").create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    except ClientError as error:
        # It exists, or a lab does not allow creating it; if it is missing, ECS reports it.
        code = error.response["Error"]["Code"]
        if code not in ("InvalidInput", "EntityAlreadyExists", "AccessDenied"):
            raise
