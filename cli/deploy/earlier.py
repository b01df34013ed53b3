"""What a deleted stack left, and what it had that the stack that takes over lacks."""

import shlex

from cli.aws import adoption, leftovers, states, template
from cli.aws.account import Account, read_parameters
from cli.aws.subscriptions import SUBSCRIPTIONS

# Parameters that every deployment chooses anew.
CHOSEN = {"Environment", "ImageUri", "CpuArchitecture", "TableName"}


def foresee_creation(here: Account) -> str:
    """Return what a deployment would create, and which data it would take over."""
    data = [name for _, name in adoption.find_adoptable(here).values()]
    if here.describe(here.stack):
        # The data that a deployment took over before it failed, if there is any.
        data += [name for _, name in leftovers.list_resources(here, here.stack)]
    if not data:
        return "everything would be created"
    return f"{', '.join(data)} would be taken over, and the rest created"


def describe_losses(here: Account, parameters: dict[str, str], chosen: dict[str, str]) -> str:
    """Return what was deleted with the last stack, and the command that sets it again.

    Args:
        here: the account.
        parameters: of the stack that is deployed now.
        chosen: those that this deployment has set.
    """
    settings = [
        # CloudFormation tells no mail addresses.
        *(f"{name}=ADDRESS" for name, _ in SUBSCRIPTIONS.values() if not chosen.get(name)),
        *_find_differing(here, parameters),
    ]
    options = "".join(f" --set {shlex.quote(setting)}" for setting in settings)
    command = f"./aquasense deploy --env {here.environment}{options}"
    return (
        "The topics and the address of API Gateway are new. "
        + (f"What the deleted stack had is set again by: {command}. " if options else "")
        + "Subscribers that were added by hand have to be added again"
    )


def _find_differing(here: Account, parameters: dict[str, str]) -> list[str]:
    """Return the parameters of the last deleted stack that have another value now."""
    declared = template.load()["Parameters"]
    names = {name for name, each in declared.items() if not each.get("NoEcho")} - CHOSEN
    client = here.client("cloudformation")
    for stack in states.list_deleted(here):
        if stack["StackName"] != here.stack:
            continue
        [description] = client.describe_stacks(StackName=stack["StackId"])["Stacks"]
        # A stack that was only imported has none.
        if earlier := read_parameters(description):
            return [
                f"{name}={value}"
                for name, value in sorted(earlier.items())
                if name in names and value != parameters.get(name, "")
            ]
    return []
