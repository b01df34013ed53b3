"""Remove an environment with its data, its images and its bootstrap stack."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cli.aws import account, leftovers
from cli.aws.account import Account, readable_errors
from cli.aws.leftovers import BUCKET, TABLE, Resource
from cli.console import Failure, out
from cli.deploy import safeguards

REPOSITORY, CLUSTER = "AWS::ECR::Repository", "AWS::ECS::Cluster"
# How often a bucket is emptied again because objects arrived meanwhile.
LATE = 5
# What no command can delete, or the account has for other applications too.
STAYS = (
    "inactive revisions of the task definition, free of charge",
    "the table's last backup, for 35 days, free of charge",
    "the metrics, until they expire",
    "the service-linked role of ECS, which belongs to the account",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is deleted: stacks in this order, and what earlier stacks left."""

    stacks: dict[str, list[Resource]]
    left: list[Resource]

    @classmethod
    def find(cls, here: Account) -> "Plan":
        # The bootstrap stack goes last.
        stacks = (here.stack, here.bootstrap_stack)
        return cls(
            {
                stack: list(leftovers.list_resources(here, stack))
                for stack in stacks
                if here.describe(stack)
            },
            leftovers.find_all(here),
        )

    def __bool__(self) -> bool:
        return bool(self.stacks or self.left)


def destroy(environment: str, confirmed: str) -> None:
    """Remove an environment.

    Args:
        environment: dev or prod.
        confirmed: the name of the stack, if the user has confirmed it already.
    """
    here = account.find(environment)
    with readable_errors():
        plan = Plan.find(here)
    if not plan:
        out.print(f"Nothing of {here.stack} is in {here.id}, {here.region}.", markup=False)
        return
    _print_plan(here, plan)
    _confirm(here, confirmed)
    with readable_errors():
        for stack, resources in plan.stacks.items():
            if stack == here.bootstrap_stack:
                # Only this stack is emptied before it is deleted. While the application runs, every
                # deleted file would be a withdrawal, with mails.
                _empty_resources(here, resources)
            _delete_stack(here, stack)
            # Resources that the templates retain, and those that AWS created for them.
            _delete_retained(here, resources)
        _delete_retained(here, plan.left)
        remaining = Plan.find(here)
    if remaining:
        names = [*remaining.stacks, *(name for _, name in remaining.left)]
        raise Failure(
            f"Still there: {', '.join(names)}. ./aquasense destroy --env {environment} lists and "
            "deletes them"
        )
    out.print(f"{here.stack} is gone from {here.id}, {here.region}.", markup=False)


def _print_plan(here: Account, plan: Plan) -> None:
    out.print(f"This deletes in {here.id}, {here.region}:")
    for stack, resources in plan.stacks.items():
        out.print(f"  the stack {stack} with its {len(resources)} resources", markup=False)
        _print_data(resources, "with all data in")
    if plan.left:
        out.print(f"  what an earlier {here.stack} left", markup=False)
        _print_data(plan.left, "with all data in")
    out.print("This stays:")
    for text in STAYS:
        out.print(f"  {text}", markup=False)


def _print_data(resources: Iterable[Resource], text: str) -> None:
    kinds = {BUCKET: "bucket", TABLE: "table", REPOSITORY: "registry"}
    for kind, name in resources:
        if kind in kinds:
            out.print(f"    {text} the {kinds[kind]} {name}", markup=False)


def _confirm(here: Account, confirmed: str) -> None:
    if confirmed == here.stack:
        return
    if confirmed or not sys.stdin.isatty():
        raise Failure(
            f"Nothing was removed: add --confirm {here.stack}, the name of the stack, to confirm", 2
        )
    sys.stdout.write("Type the name of the stack to go on: ")
    sys.stdout.flush()
    if sys.stdin.readline().strip() != here.stack:
        raise Failure("Nothing was removed.")


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
    safeguards.lift_protection(here, stack)
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


def _delete_retained(here: Account, resources: Iterable[Resource]) -> None:
    for kind, name in resources:
        try:
            if kind == BUCKET:
                _delete_bucket(here, name)
            elif kind == TABLE:
                safeguards.lift_table_protection(here, name)
                here.client("dynamodb").delete_table(TableName=name)
                here.client("dynamodb").get_waiter("table_not_exists").wait(TableName=name)
            elif kind == CLUSTER:
                # Container Insights creates this log group, and no stack deletes it.
                here.client("logs").delete_log_group(
                    logGroupName=f"/aws/ecs/containerinsights/{name}/performance"
                )
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchBucket", "ResourceNotFoundException"):
                raise
