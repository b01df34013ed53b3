"""Limits and protection that depend on the account or that no template can declare."""

import shlex
import tomllib
from typing import Any

from botocore.exceptions import ClientError

from cli.aws.account import Account
from cli.aws.states import Description
from cli.console import err, out
from cli.environment import ROOT

# Runs at once reserved for API Gateway's function.
RESERVE = 20
# AWS refuses a reserve that leaves fewer to the account's other functions.
UNRESERVED = 100
# A tag of every resource, beside those in samconfig.toml.
OWNER = "owner"


def choose_reserve(here: Account, before: Description) -> dict[str, str]:
    """Return QueryConcurrency for a stack that does not have it yet.

    A new or lab account runs ten functions at once in all, of which none can be reserved.
    """
    if "QueryConcurrency" in read_parameters(before):
        return {}
    try:
        limit = here.client("lambda").get_account_settings()["AccountLimit"]
    except ClientError:
        # Not allowed in a lab, whose accounts are small.
        return {}
    if limit["UnreservedConcurrentExecutions"] < RESERVE + UNRESERVED:
        return {}
    return {"QueryConcurrency": str(RESERVE)}


def read_samconfig(environment: str, name: str) -> dict[str, str]:
    """Return the environment's parameters or tags in samconfig.toml, which options replace."""
    config = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    text = config[environment]["deploy"]["parameters"].get(name, "")
    return dict(pair.split("=", 1) for pair in shlex.split(text))


def choose_tags(environment: str, owner: str, before: Description) -> dict[str, str]:
    """Return the tags of a stack; without an owner, a deployment keeps that of before."""
    tags = read_samconfig(environment, "tags")
    if not owner:
        kept = {tag["Key"]: tag["Value"] for tag in (before or {}).get("Tags", [])}
        owner = kept.get(OWNER, "")
    return tags | {OWNER: owner} if owner else tags


def read_parameters(description: Description) -> dict[str, str]:
    """Return the parameters of a described stack by name."""
    parameters = (description or {}).get("Parameters", [])
    return {item["ParameterKey"]: item.get("ParameterValue", "") for item in parameters}


def protect_stacks(here: Account, description: dict[str, Any]) -> None:
    """Set the termination protection of the stacks to the parameter EnableDeletionProtection.

    Nested stacks have that of the root.
    """
    protected = read_parameters(description).get("EnableDeletionProtection") == "true"
    for stack in (description, here.describe(here.bootstrap_stack)):
        if stack and stack.get("EnableTerminationProtection", False) is not protected:
            here.client("cloudformation").update_termination_protection(
                StackName=stack["StackName"], EnableTerminationProtection=protected
            )
            state = "protected against deletion" if protected else "no longer protected"
            out.print(f"{stack['StackName']} is {state}", markup=False)


def lift_protection(here: Account, stack: str) -> None:
    """Remove the termination protection of a stack that is to be deleted."""
    if (here.describe(stack) or {}).get("EnableTerminationProtection"):
        err.print(f"Lifting the protection of {stack}", markup=False)
        here.client("cloudformation").update_termination_protection(
            StackName=stack, EnableTerminationProtection=False
        )


def lift_table_protection(here: Account, table: str) -> None:
    """Remove the deletion protection of a table that is to be deleted."""
    client = here.client("dynamodb")
    if client.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"):
        err.print(f"Lifting the protection of {table}", markup=False)
        client.update_table(TableName=table, DeletionProtectionEnabled=False)
        client.get_waiter("table_exists").wait(TableName=table)
