"""Resources with data that an earlier stack of the same name left behind."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from cli.aws import states, template
from cli.aws.account import Account

BUCKET, TABLE, STACK = "AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::CloudFormation::Stack"
# The property that identifies a resource in an import.
IDENTIFIERS = {BUCKET: "BucketName", TABLE: "TableName"}
Resource = tuple[str, str]


def find_all(here: Account) -> list[Resource]:
    """Return everything that earlier stacks left: older tables and the access logs too."""
    resources = [each for unowned in find_unowned(here).values() for each in unowned]
    for stack in states.list_deleted(here):
        # The root stack, and the nested ones that retain a bucket.
        nested = (f"{here.stack}-Api-", f"{here.stack}-FileLog-")
        if stack["StackName"] == here.stack or stack["StackName"].startswith(nested):
            resources += list_skipped(here, stack["StackId"])
    owned = _list_owned(here)
    return [
        resource
        for resource in dict.fromkeys(resources)
        if resource not in owned and _exists(here, *resource)
    ]


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


def find_unowned(here: Account) -> dict[str, list[Resource]]:
    """Return the resources that template.yaml retains and no stack owns, by logical id."""
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


def list_skipped(here: Account, stack_id: str) -> Iterator[Resource]:
    """Yield the resources that a deleted stack left."""
    pages = here.client("cloudformation").get_paginator("describe_stack_events")
    for page in pages.paginate(StackName=stack_id):
        for event in page["StackEvents"]:
            if event["ResourceStatus"] == "DELETE_SKIPPED":
                yield event["ResourceType"], event.get("PhysicalResourceId", "")
