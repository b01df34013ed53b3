"""Remove an environment, with its data, its images and what it was bootstrapped with."""

import os
import sys
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from tools import account
from tools.account import Account
from tools.console import Failure, out, run_tool
from tools.targets import readable_errors

BUCKET, TABLE, REPOSITORY = "AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::ECR::Repository"
CLUSTER, STACK = "AWS::ECS::Cluster", "AWS::CloudFormation::Stack"
Resource = tuple[str, str]
# How often a bucket is emptied that something arrives in meanwhile.
LATE = 5


def main() -> int:
    here = account.find(os.environ.get("ENV", ""))
    with readable_errors():
        # The bootstrap stack goes last.
        found = {
            stack: list(_resources(here, stack))
            for stack in (here.stack, here.bootstrap_stack)
            if here.describe(stack)
        }
        if here.stack not in found and (kept := list(dict.fromkeys(_kept_by_deleted(here)))):
            # An earlier attempt was interrupted between the stack and what it keeps.
            found = {here.stack: kept, **found}
    if not found:
        out.print(f"Nothing of {here.stack} is in {here.id}, {here.region}.", markup=False)
        return 0
    _ask(here, [resource for resources in found.values() for resource in resources])
    with readable_errors():
        for stack, resources in found.items():
            if stack == here.bootstrap_stack:
                # It goes with all it holds. What the application keeps must not be touched while
                # there is somebody to notice: every file deleted would be a withdrawal, with mails.
                _clear(here, resources)
            if here.describe(stack):
                _delete_stack(here, stack)
            # What the templates keep on purpose, and what AWS made beside it.
            for kind, name in resources:
                _delete_kept(here, kind, name)
    out.print(f"{here.stack} is gone from {here.id}, {here.region}.", markup=False)
    return 0


def _ask(here: Account, found: list[Resource]) -> None:
    holds_data = [name for kind, name in found if kind in (BUCKET, TABLE, REPOSITORY)]
    out.print(f"This removes {here.stack} from {here.id}, {here.region}, and all data in:")
    for name in holds_data:
        out.print(f"  {name}", markup=False)
    if os.environ.get("YES") == here.stack:
        return
    if not sys.stdin.isatty():
        raise Failure(f"Nobody can be asked here: say YES={here.stack} if that is meant")
    sys.stdout.write("Type the name of the stack to go on: ")
    sys.stdout.flush()
    if sys.stdin.readline().strip() != here.stack:
        raise Failure("Nothing was removed.")


def _resources(here: Account, stack: str) -> Iterator[Resource]:
    """Everything in a stack and the stacks in it, as (type, name)."""
    pages = here.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=stack):
        for one in page["StackResourceSummaries"]:
            name = one.get("PhysicalResourceId")
            if not name or one["ResourceStatus"] == "DELETE_COMPLETE":
                continue
            yield one["ResourceType"], name
            if one["ResourceType"] == STACK:
                yield from _resources(here, name)


def _kept_by_deleted(here: Account) -> Iterator[Resource]:
    """What deleted stacks of this application kept, as far as it is still there.

    CloudFormation remembers a deleted stack for 90 days.
    """
    client = here.client("cloudformation")
    pages = client.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
    for stack in (one for page in pages for one in page["StackSummaries"]):
        # The one, and the one within it that keeps something.
        if stack["StackName"] == here.stack or stack["StackName"].startswith(
            f"{here.stack}-Api-"
        ):
            events = client.get_paginator("describe_stack_events").paginate(
                StackName=stack["StackId"]
            )
            for event in (one for page in events for one in page["StackEvents"]):
                resource = event["ResourceType"], event.get("PhysicalResourceId", "")
                if event["ResourceStatus"] == "DELETE_SKIPPED" and _is_there(here, *resource):
                    yield resource


def _is_there(here: Account, kind: str, name: str) -> bool:
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


def _clear(here: Account, found: list[Resource]) -> None:
    for kind, name in found:
        if kind == BUCKET:
            _empty(here, name)
        elif kind == REPOSITORY:
            _remove_images(here, name)


def _empty(here: Account, bucket: str) -> None:
    """Delete every version of every object; a bucket that is not empty cannot be deleted."""
    client = here.client("s3")
    try:
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            _delete_objects(client, bucket, page.get("Versions", []))
            _delete_objects(client, bucket, page.get("DeleteMarkers", []))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise


def _delete_objects(client: Any, bucket: str, found: list[dict[str, Any]]) -> None:
    objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
    if not objects:
        return
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    if answer.get("Errors"):
        raise Failure(f"{bucket} cannot be emptied: {answer['Errors'][0]['Message']}")


def _remove_images(here: Account, repository: str) -> None:
    client = here.client("ecr")
    try:
        for page in client.get_paginator("list_images").paginate(repositoryName=repository):
            if page["imageIds"]:
                client.batch_delete_image(repositoryName=repository, imageIds=page["imageIds"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "RepositoryNotFoundException":
            raise


def _delete_stack(here: Account, stack: str) -> None:
    out.print(f"Removing {stack}", markup=False)
    here.client("cloudformation").delete_stack(StackName=stack)
    here.wait(stack, "delete")


def _delete_bucket(here: Account, name: str) -> None:
    # Something may have arrived while the stack went, and logs still may.
    for attempt in range(LATE):
        _empty(here, name)
        try:
            here.client("s3").delete_bucket(Bucket=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "BucketNotEmpty" or attempt == LATE - 1:
                raise
        else:
            return


def _delete_kept(here: Account, kind: str, name: str) -> None:
    try:
        if kind == BUCKET:
            _delete_bucket(here, name)
        elif kind == TABLE:
            here.client("dynamodb").delete_table(TableName=name)
        elif kind == CLUSTER:
            # Container Insights makes it by itself, and keeps what it wrote.
            here.client("logs").delete_log_group(
                logGroupName=f"/aws/ecs/containerinsights/{name}/performance"
            )
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchBucket", "ResourceNotFoundException"):
            raise


if __name__ == "__main__":
    run_tool(main)
