"""Show what a deployment would change, in nested stacks too; SAM shows the root only."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import WaiterError

from cli.aws import template
from cli.aws.account import Account
from cli.aws.states import Description
from cli.console import Failure, out
from cli.deploy.safeguards import read_parameters

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
# Reasons of a change set that changes nothing.
NOTHING = ("didn't contain changes", "No updates are to be performed")


def show_changes(
    here: Account,
    packaged: Path,
    parameters: dict[str, str],
    tags: dict[str, str],
    before: Description,
) -> None:
    """Print the changes of an existing stack and its nested stacks, and change nothing.

    Args:
        here: the account.
        packaged: template whose files are uploaded (`sam package`).
        parameters, tags: of the deployment.
        before: the stack as it is.

    Raises:
        Failure: AWS cannot tell the changes.
    """
    client = here.client("cloudformation")
    kept = read_parameters(before).keys() - parameters.keys()
    identifier = client.create_change_set(
        StackName=here.stack,
        ChangeSetName=f"show-{uuid.uuid4().hex}",
        ChangeSetType="UPDATE",
        IncludeNestedStacks=True,
        Capabilities=CAPABILITIES,
        TemplateBody=packaged.read_text(encoding="utf-8"),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ]
        + [
            {"ParameterKey": name, "UsePreviousValue": True}
            for name in sorted(kept & template.load()["Parameters"].keys())
        ],
        Tags=[{"Key": name, "Value": value} for name, value in tags.items()],
    )["Id"]
    try:
        client.get_waiter("change_set_create_complete").wait(ChangeSetName=identifier)
        lines = list(_describe(here, identifier, ""))
    except WaiterError as error:
        reason = client.describe_change_set(ChangeSetName=identifier).get("StatusReason", "")
        if not any(text in reason for text in NOTHING):
            raise Failure(f"The changes cannot be shown: {reason or error}") from error
        lines = []
    finally:
        # With those of the nested stacks.
        client.delete_change_set(ChangeSetName=identifier)
    out.print(f"Changes of {here.stack}, nested stacks included:")
    for line in lines or ["nothing"]:
        out.print(f"  {line}", markup=False)


def _describe(here: Account, change_set: str, parent: str) -> Iterator[str]:
    pages = here.client("cloudformation").get_paginator("describe_change_set")
    for page in pages.paginate(ChangeSetName=change_set):
        for change in page["Changes"]:
            resource: dict[str, Any] = change["ResourceChange"]
            name = f"{parent}{resource['LogicalResourceId']}"
            nested = resource.get("ChangeSetId")
            # A nested stack is modified only as its resources are.
            if not nested:
                properties = sorted(
                    {
                        detail["Target"].get("Name") or detail["Target"]["Attribute"]
                        for detail in resource.get("Details", [])
                    }
                )
                replaced = resource.get("Replacement") in ("True", "Conditional")
                yield " ".join(
                    [
                        f"{resource['Action']} {name} ({resource['ResourceType']})",
                        *(["replaced"] if replaced else []),
                        ", ".join(properties),
                    ]
                ).strip()
            else:
                yield from _describe(here, nested, f"{name}/")
