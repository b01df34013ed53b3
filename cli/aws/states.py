"""The states of a stack: what can be deployed into it, and what a failed deployment left."""

from typing import Any

from cli.aws.account import Account
from cli.console import Failure, err

# States of a complete stack, which can be updated.
COMPLETE = (
    *("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"),
    *("IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"),
)
# States of a stack that holds nothing: its creation was undone, or its change set not executed.
EMPTY = ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS")
Description = dict[str, Any] | None


def require_ready(here: Account, description: Description) -> None:
    """Raise Failure if nothing can be deployed into a stack; the message has the command."""
    if description is None:
        return
    status = description["StackStatus"]
    if status not in COMPLETE + EMPTY:
        raise Failure(f"{here.stack} is {status}: {explain(here, status)}")


def explain(here: Account, status: str) -> str:
    """Return what to do about a stack that is not complete."""
    options = f"--stack-name {here.stack} --region {here.region}"
    if status in EMPTY:
        return f"nothing of it runs; ./aquasense deploy --env {here.environment} begins again"
    if status.endswith("_IN_PROGRESS"):
        return "wait for that to end, then deploy again"
    if status == "UPDATE_ROLLBACK_FAILED":
        return (
            "it could not return to the previous version; finish that first: "
            f"aws cloudformation continue-update-rollback {options}"
        )
    if status == "UPDATE_FAILED":
        return f"undo the update first: aws cloudformation rollback-stack {options}"
    # CREATE_FAILED, ROLLBACK_FAILED and DELETE_FAILED.
    return (
        f"finish its removal: aws cloudformation delete-stack {options}, then deploy again, which "
        "takes over the buckets and the table that it keeps; or delete them with everything else: "
        f"./aquasense destroy --env {here.environment}"
    )


def remove_empty(here: Account, description: Description) -> None:
    """Delete a stack that holds nothing, since CloudFormation cannot import into it."""
    if description is None:
        return
    status = description["StackStatus"]
    # Of an import that failed there are no outputs.
    failed_import = status == "IMPORT_ROLLBACK_COMPLETE" and not description.get("Outputs")
    if status in EMPTY or failed_import:
        err.print(
            f"Removing {here.stack}, which is {status} and holds nothing",
            markup=False,
        )
        here.client("cloudformation").delete_stack(StackName=here.stack)
        here.wait(here.stack, "delete")


def explain_failure(here: Account, description: Description) -> str:
    """Return what a failed deployment left, and what to do."""
    if description is None or description["StackStatus"] == "REVIEW_IN_PROGRESS":
        return "nothing was deployed"
    status = description["StackStatus"]
    again = f"remove the cause, then ./aquasense deploy --env {here.environment} again"
    if status == "ROLLBACK_COMPLETE":
        return f"the first deployment was undone, so nothing runs; {again}"
    if status not in COMPLETE:
        return f"{here.stack} is {status}: {explain(here, status)}"
    # A stack that was only imported has no outputs.
    if not description.get("Outputs"):
        return f"nothing runs yet, and the data that was there is as it was; {again}"
    return f"the previous version still runs; {again}"


def list_deleted(here: Account) -> list[dict[str, Any]]:
    """Return the summaries of deleted stacks, the last deleted first.

    CloudFormation keeps them for 90 days.
    """
    pages = here.client("cloudformation").get_paginator("list_stacks")
    summaries = [
        summary
        for page in pages.paginate(StackStatusFilter=["DELETE_COMPLETE"])
        for summary in page["StackSummaries"]
    ]
    return sorted(summaries, key=lambda each: each["CreationTime"], reverse=True)
