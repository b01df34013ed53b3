"""Remove an environment with its data, its images and its bootstrap stack."""

import sys
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from cli.console import Failure, out
from cli.deploy import account
from cli.deploy.account import Account
from cli.targets import readable_errors

BUCKET, TABLE, REPOSITORY = "AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::ECR::Repository"
CLUSTER, STACK = "AWS::ECS::Cluster", "AWS::CloudFormation::Stack"
Resource = tuple[str, str]
# How often a bucket is emptied again because objects arrived meanwhile.
LATE = 5


def destroy(environment: str, confirmed: str) -> None:
    """Remove an environment.

    Args:
        environment: dev or prod.
        confirmed: the name of the stack, if the user has confirmed it already.
    """
    here = account.find(environment)
    with readable_errors():
        # The bootstrap stack goes last.
        by_stack = {
            stack: list(_list_resources(here, stack))
            for stack in (here.stack, here.bootstrap_stack)
            if here.describe(stack)
        }
        if here.stack not in by_stack and (
            retained := list(dict.fromkeys(_retained_by_deleted_stacks(here)))
        ):
            # An earlier attempt ended after the stack and before the resources that it keeps.
            by_stack = {here.stack: retained, **by_stack}
    if not by_stack:
        out.print(f"Nothing of {here.stack} is in {here.id}, {here.region}.", markup=False)
        return
    _confirm(
        here, [resource for resources in by_stack.values() for resource in resources], confirmed
    )
    with readable_errors():
        for stack, resources in by_stack.items():
            if stack == here.bootstrap_stack:
                # Only this stack is emptied before it is deleted. While the application runs, every
                # deleted file would be a withdrawal, with mails.
                _empty_resources(here, resources)
            if here.describe(stack):
                _delete_stack(here, stack)
            # Resources that the templates retain, and those that AWS created for them.
            for kind, name in resources:
                _delete_retained(here, kind, name)
    out.print(f"{here.stack} is gone from {here.id}, {here.region}.", markup=False)


def _confirm(here: Account, resources: list[Resource], confirmed: str) -> None:
    holds_data = [name for kind, name in resources if kind in (BUCKET, TABLE, REPOSITORY)]
    out.print(f"This removes {here.stack} from {here.id}, {here.region}, and all data in:")
    for name in holds_data:
        out.print(f"  {name}", markup=False)
    if confirmed == here.stack:
        return
    if not sys.stdin.isatty():
        raise Failure(f"Nobody can be asked here: add --yes {here.stack} if that is meant")
    sys.stdout.write("Type the name of the stack to go on: ")
    sys.stdout.flush()
    if sys.stdin.readline().strip() != here.stack:
        raise Failure("Nothing was removed.")


def _list_resources(here: Account, stack: str) -> Iterator[Resource]:
    """Yield the resources of a stack and its nested stacks, as (type, name)."""
    pages = here.client("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            name = resource.get("PhysicalResourceId")
            if not name or resource["ResourceStatus"] == "DELETE_COMPLETE":
                continue
            yield resource["ResourceType"], name
            if resource["ResourceType"] == STACK:
                yield from _list_resources(here, name)


def _retained_by_deleted_stacks(here: Account) -> Iterator[Resource]:
    """Yield the existing resources that deleted stacks of this application retained.

    CloudFormation lists a deleted stack for 90 days.
    """
    client = here.client("cloudformation")
    pages = client.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
    for stack in (summary for page in pages for summary in page["StackSummaries"]):
        # The root stack, and the nested one that retains a bucket.
        if stack["StackName"] == here.stack or stack["StackName"].startswith(f"{here.stack}-Api-"):
            events = client.get_paginator("describe_stack_events").paginate(
                StackName=stack["StackId"]
            )
            for event in (entry for page in events for entry in page["StackEvents"]):
                resource = event["ResourceType"], event.get("PhysicalResourceId", "")
                if event["ResourceStatus"] == "DELETE_SKIPPED" and _exists(here, *resource):
                    yield resource


def _exists(here: Account, kind: str, name: str) -> bool:
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


def _empty_resources(here: Account, resources: list[Resource]) -> None:
    for kind, name in resources:
        if kind == BUCKET:
            _empty_bucket(here, name)
        elif kind == REPOSITORY:
            _remove_images(here, name)


def _empty_bucket(here: Account, bucket: str) -> None:
    """Delete every version of every object; a bucket that is not empty cannot be deleted."""
    client = here.client("s3")
    try:
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
            _delete_objects(client, bucket, page.get("Versions", []))
            _delete_objects(client, bucket, page.get("DeleteMarkers", []))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise


def _delete_objects(client: Any, bucket: str, versions: list[dict[str, Any]]) -> None:
    objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
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
    # Objects may have arrived while the stack was deleted, and logs still may.
    for attempt in range(LATE):
        _empty_bucket(here, name)
        try:
            here.client("s3").delete_bucket(Bucket=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "BucketNotEmpty" or attempt == LATE - 1:
                raise
        else:
            return


def _delete_retained(here: Account, kind: str, name: str) -> None:
    try:
        if kind == BUCKET:
            _delete_bucket(here, name)
        elif kind == TABLE:
            here.client("dynamodb").delete_table(TableName=name)
        elif kind == CLUSTER:
            # Container Insights creates this log group, and no stack deletes it.
            here.client("logs").delete_log_group(
                logGroupName=f"/aws/ecs/containerinsights/{name}/performance"
            )
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchBucket", "ResourceNotFoundException"):
            raise
