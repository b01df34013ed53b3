"""Take over what a deleted stack of the same name left, by importing it into a new one."""

import json
from typing import Any

from botocore.exceptions import WaiterError

from cli.aws import leftovers, states, template
from cli.aws.account import Account
from cli.aws.leftovers import IDENTIFIERS, TABLE, Resource
from cli.console import Failure, err

CHANGE_SET = "adopt"


def find_adoptable(here: Account) -> dict[str, Resource]:
    """Return the resources that template.yaml retains and no stack owns, by logical id.

    Of several tables, that of the last stack, otherwise the newest. A table without a stream is
    none of a stack, but was restored from a backup.
    """
    adoptable = {}
    for logical, resources in leftovers.find_unowned(here).items():
        candidates = resources
        if resources[0][0] == TABLE:
            candidates = [each for each in resources if _has_stream(here, each[1])]
            if len(candidates) > 1:
                candidates += [each for each in _list_last(here) if each in candidates]
        if candidates:
            adoptable[logical] = candidates[-1]
    return adoptable


def _has_stream(here: Account, table: str) -> bool:
    description = here.client("dynamodb").describe_table(TableName=table)["Table"]
    return "LatestStreamArn" in description


def _list_last(here: Account) -> list[Resource]:
    """Return what the last deleted stack that owned data left."""
    stacks = (each for each in states.list_deleted(here) if each["StackName"] == here.stack)
    left = (list(leftovers.list_skipped(here, stack["StackId"])) for stack in stacks)
    return next(filter(None, left), [])


def adopt(here: Account, resources: dict[str, Resource]) -> None:
    """Create the stack by importing resources; the deployment that follows adds the others.

    An import cannot create resources, and changes none.

    Raises:
        Failure: AWS refuses the import; the resources stay as they are.
    """
    client = here.client("cloudformation")
    for logical, (_, name) in resources.items():
        err.print(f"Taking over {name} as {logical}", markup=False)
    client.create_change_set(
        StackName=here.stack,
        ChangeSetName=CHANGE_SET,
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps(build_import_template(resources)),
        ResourcesToImport=[
            {
                "ResourceType": kind,
                "LogicalResourceId": logical,
                "ResourceIdentifier": {IDENTIFIERS[kind]: name},
            }
            for logical, (kind, name) in resources.items()
        ],
    )
    try:
        client.get_waiter("change_set_create_complete").wait(
            StackName=here.stack, ChangeSetName=CHANGE_SET
        )
    except WaiterError as error:
        change_set = client.describe_change_set(StackName=here.stack, ChangeSetName=CHANGE_SET)
        reason = change_set.get("StatusReason", error)
        raise Failure(f"What an earlier {here.stack} left cannot be imported: {reason}") from error
    client.execute_change_set(StackName=here.stack, ChangeSetName=CHANGE_SET)
    here.wait(here.stack, "import")


def build_import_template(resources: dict[str, Resource]) -> dict[str, Any]:
    """Return template.yaml reduced to some retained resources, with their names.

    Properties that refer to other resources or parameters are left to the deployment.
    """
    full = template.load()
    return {
        "AWSTemplateFormatVersion": full["AWSTemplateFormatVersion"],
        "Resources": {
            logical: {
                "Type": resource["Type"],
                "DeletionPolicy": "Retain",
                "UpdateReplacePolicy": "Retain",
                "Properties": {
                    name: value
                    for name, value in resource["Properties"].items()
                    if not _refers(value, full["Resources"].keys() | full["Parameters"].keys())
                }
                | {IDENTIFIERS[resources[logical][0]]: resources[logical][1]},
            }
            for logical, resource in full["Resources"].items()
            if logical in resources
        },
    }


def _refers(value: Any, names: Any) -> bool:
    """Return whether a value refers to one of the names, or depends on a condition."""
    if isinstance(value, dict):
        if "Fn::If" in value:
            return True
        target = value.get("Ref") or value.get("Condition") or value.get("Fn::GetAtt")
        if isinstance(target, str) and target.partition(".")[0] in names:
            return True
        text = value.get("Fn::Sub")
        if isinstance(text, str) and any(f"${{{name}" in text for name in names):
            return True
        return any(_refers(each, names) for each in value.values())
    return isinstance(value, list) and any(_refers(each, names) for each in value)
