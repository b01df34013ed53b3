"""Resources with data that an earlier stack of the same name left behind."""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from cli.aws import states, template
from cli.aws.account import Account
from cli.console import Failure, err

BUCKET, TABLE, STACK = "AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::CloudFormation::Stack"
# The property that identifies a resource in an import.
IDENTIFIERS = {BUCKET: "BucketName", TABLE: "TableName"}
Resource = tuple[str, str]
CHANGE_SET = "adopt"


def find_adoptable(here: Account) -> dict[str, Resource]:
    """Return the resources that template.yaml retains and no stack owns, by logical id.

    Of several tables, the newest.
    """
    return {logical: resources[-1] for logical, resources in _find_unowned(here).items()}


def find_all(here: Account) -> list[Resource]:
    """Return everything that earlier stacks left: older tables and the access logs too."""
    resources = [each for unowned in _find_unowned(here).values() for each in unowned]
    for stack in states.list_deleted(here):
        # The root stack, and the nested ones that retain a bucket.
        nested = (f"{here.stack}-Api-", f"{here.stack}-FileLog-")
        if stack["StackName"] == here.stack or stack["StackName"].startswith(nested):
            resources += _list_skipped(here, stack["StackId"])
    owned = _list_owned(here)
    return [
        resource
        for resource in dict.fromkeys(resources)
        if resource not in owned and _exists(here, *resource)
    ]


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


def list_resources(here: Account, stack: str) -> Iterator[Resource]:
    """Yield the resources of a stack and its nested stacks, as (type, name)."""
    pages = here.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            name = resource.get("PhysicalResourceId")
            if not name or resource["ResourceStatus"] == "DELETE_COMPLETE":
                continue
            yield resource["ResourceType"], name
            if resource["ResourceType"] == STACK:
                yield from list_resources(here, name)


def _find_unowned(here: Account) -> dict[str, list[Resource]]:
    owned = _list_owned(here)
    resources = {}
    for logical, resource in template.load()["Resources"].items():
        kind = resource["Type"]
        if kind in IDENTIFIERS and resource.get("DeletionPolicy", "").startswith("Retain"):
            named = [(kind, name) for name in _list_names(here, logical, resource)]
            unowned = [each for each in named if each not in owned and _exists(here, *each)]
            if unowned:
                resources[logical] = unowned
    return resources


def _list_owned(here: Account) -> set[Resource]:
    return set(list_resources(here, here.stack)) if here.describe(here.stack) else set()


def _exists(here: Account, kind: str, name: str) -> bool:
    """Return whether a bucket or a table exists."""
    try:
        if kind == BUCKET:
            here.client("s3").head_bucket(Bucket=name)
        elif kind == TABLE:
            here.client("dynamodb").describe_table(TableName=name)
        else:
            return False
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchBucket", "ResourceNotFoundException"):
            return False
        raise
    return True


def _list_names(here: Account, logical: str, resource: dict[str, Any]) -> list[str]:
    """Return the names that a retained resource can have, the newest last."""
    if resource["Type"] == BUCKET:
        name = resource["Properties"]["BucketName"]["Fn::Sub"]
        pseudo = {"StackName": here.stack, "AccountId": here.id, "Region": here.region}
        for key, value in pseudo.items():
            name = name.replace(f"${{AWS::{key}}}", value)
        return [name]
    # CloudFormation appends random characters to the name of a table.
    client = here.client("dynamodb")
    names = [
        name
        for page in client.get_paginator("list_tables").paginate()
        for name in page["TableNames"]
        if name.startswith(f"{here.stack}-{logical}-")
    ]
    tables = [client.describe_table(TableName=name)["Table"] for name in names]
    return [table["TableName"] for table in sorted(tables, key=lambda t: t["CreationDateTime"])]


def _list_skipped(here: Account, stack_id: str) -> Iterator[Resource]:
    pages = here.client("cloudformation").get_paginator("describe_stack_events")
    for page in pages.paginate(StackName=stack_id):
        for event in page["StackEvents"]:
            if event["ResourceStatus"] == "DELETE_SKIPPED":
                yield event["ResourceType"], event.get("PhysicalResourceId", "")


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
