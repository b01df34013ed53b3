"""Read the state of an environment from its account."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from adapters.table import FIRST_UPLOAD_YEAR, Table
from cli import targets
from cli.aws import account, costs, leftovers, states, subscriptions
from cli.aws.account import Account
from cli.aws.service import describe_service

# Entries of the runbook about the triggers of functions.
TRIGGERED = {"IngestFunctionName": "FilesWaiting", "NotifyFunctionName": "AlertsUnsent"}


def read_status(here: Account, port_option: str) -> dict[str, Any]:
    """Return stacks, image, queues, alarms, last upload and costs, as `status --json` prints them.

    Args:
        here: the account.
        port_option: --cloud-port with its value, for the commands in "attention", or "".
    """
    description = here.describe(here.stack)
    status: dict[str, Any] = {
        "environment": here.environment,
        "account": here.id,
        "region": here.region,
        "stacks": [
            {
                "name": stack["StackName"],
                "status": stack["StackStatus"],
                "since": _iso(stack.get("LastUpdatedTime") or stack["CreationTime"]),
            }
            for stack in (description, here.describe(here.bootstrap_stack))
            if stack
        ],
    }
    attention = []
    outputs = account.read_outputs(description) if description else {}
    if description is None:
        attention.append(f"not deployed: ./aquasense deploy --env {here.environment}")
        status["left"] = [name for _, name in leftovers.find_all(here)]
    elif description["StackStatus"] not in states.COMPLETE:
        state = description["StackStatus"]
        attention.append(f"{here.stack} is {state}: {states.explain(here, state)}")
    elif not outputs:
        attention.append(
            f"{here.stack} holds data and runs nothing: ./aquasense deploy --env {here.environment}"
        )
    if description and "TableName" in outputs:
        members, problems = _read_deployment(here, description, outputs, port_option)
        status |= members
        attention += problems
    return status | {"attention": attention}


def _read_deployment(
    here: Account, description: dict[str, Any], outputs: dict[str, str], port_option: str
) -> tuple[dict[str, Any], list[str]]:
    parameters = account.read_parameters(description)
    tasks = _read_tasks(here, outputs)
    waiting = _count_messages(here, outputs["IngestQueueUrl"])
    dead = _count_messages(here, outputs["DeadLetterQueueUrl"])
    alarms = _list_alarms(here, outputs["OperatorsTopicArn"])
    unconfirmed = subscriptions.list_unconfirmed(here, outputs)
    options = f"--env {here.environment} {port_option}".strip()
    problems = [f"waits for confirmation: {each}" for each in unconfirmed]
    problems += subscriptions.list_expired(here, outputs)
    problems += _list_stopped(here, outputs)
    problems += [f"alarm {alarm['name']}: docs/runbook.md says what to do" for alarm in alarms]
    if dead["visible"]:
        problems.append(f"{dead['visible']} dead letters: ./aquasense redrive {options}")
    if tasks and tasks["running"] < tasks["desired"]:
        problems.append(f"{tasks['running']} of {tasks['desired']} containers run")
    return {
        "url": outputs.get("Url"),
        "image": _read_image(here, parameters.get("ImageUri", "")),
        "tasks": tasks,
        "unconfirmed": unconfirmed,
        "messages_waiting": waiting["visible"] + waiting["delayed"],
        "messages_in_flight": waiting["in_flight"],
        "dead_letters": dead["visible"],
        "alarms": alarms,
        "last_upload": asyncio.run(_read_last_upload(here)),
        "cost": _estimate_cost(here, description, parameters, tasks),
    }, problems


def _read_tasks(here: Account, outputs: dict[str, str]) -> dict[str, int] | None:
    service = describe_service(here, outputs)
    if service is None:
        return None
    return {"desired": service["desiredCount"], "running": service["runningCount"]}


def _read_image(here: Account, uri: str) -> dict[str, Any] | None:
    if not uri:
        return None
    repository, _, digest = uri.partition("/")[2].partition("@")
    try:
        details = here.client("ecr").describe_images(
            repositoryName=repository, imageIds=[{"imageDigest": digest}]
        )["imageDetails"]
    except ClientError as error:
        # An image of somewhere else, or one that the registry no longer keeps.
        if error.response["Error"]["Code"] not in (
            *("ImageNotFoundException", "RepositoryNotFoundException"),
            "InvalidParameterException",
        ):
            raise
        details = []
    return {"uri": uri, "tags": [tag for each in details for tag in each.get("imageTags", [])]}


def _count_messages(here: Account, queue: str) -> dict[str, int]:
    names = {
        "visible": "ApproximateNumberOfMessages",
        "delayed": "ApproximateNumberOfMessagesDelayed",
        "in_flight": "ApproximateNumberOfMessagesNotVisible",
    }
    attributes = here.client("sqs").get_queue_attributes(
        QueueUrl=queue, AttributeNames=list(names.values())
    )["Attributes"]
    return {name: int(attributes.get(attribute, 0)) for name, attribute in names.items()}


def _list_alarms(here: Account, topic: str) -> list[dict[str, Any]]:
    """Return the alarms that ring; those of scaling do so at rest and notify nobody."""
    pages = here.client("cloudwatch").get_paginator("describe_alarms")
    return [
        {
            "name": alarm["AlarmName"],
            "since": _iso(alarm["StateUpdatedTimestamp"]),
            "reason": alarm.get("StateReason", ""),
        }
        for page in pages.paginate(AlarmNamePrefix=f"{here.stack}-", StateValue="ALARM")
        for alarm in page["MetricAlarms"]
        if topic in alarm.get("AlarmActions", [])
    ]


def _list_stopped(here: Account, outputs: dict[str, str]) -> list[str]:
    """Return the functions whose trigger is disabled, which their alarms show after hours only."""
    pages = here.client("lambda").get_paginator("list_event_source_mappings")
    return [
        f"the trigger of {outputs[output]} is {mapping['State'].lower()}: docs/runbook.md, {entry}"
        for output, entry in TRIGGERED.items()
        for page in pages.paginate(FunctionName=outputs[output])
        for mapping in page["EventSourceMappings"]
        if mapping["State"] in ("Disabling", "Disabled")
    ]


async def _read_last_upload(here: Account) -> dict[str, Any] | None:
    target = targets.connect(here)
    async with Table.open(target.config, retry_seconds=30.0) as table:
        for year in range(datetime.now(UTC).year, FIRST_UPLOAD_YEAR - 1, -1):
            async for item in table.iterate_events(year):
                if item["kind"] == "upload":
                    return describe_upload(item)
    return None


def describe_upload(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an upload record that `status` prints."""
    members = {name: item[name] for name in ("id", "file", "uploaded_at", "status")}
    return members | {"status": "purged"} if item.get("purged_at") else members


def _estimate_cost(
    here: Account, description: dict[str, Any], parameters: dict[str, str], tasks: Any
) -> dict[str, Any] | None:
    if here.environment == "local":
        return None
    month = costs.estimate(parameters, tasks["desired"] if tasks else 0)
    now = datetime.now(UTC)
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    hours = (now - max(first, description["CreationTime"])).total_seconds() / 3600
    return {
        "currency": "USD",
        "per_month": round(month, 2),
        "this_month": round(month * min(hours / costs.HOURS, 1), 2),
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
