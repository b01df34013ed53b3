"""Remove what a rehearsal created, and prove that nothing is left."""

from typing import Any

from botocore.exceptions import ClientError

from cli.console import Failure
from cli.deploy import destroy
from cli.smoke.stage import Stage

# Lists of an account: service, operation, member with the list, member with the name.
LISTS = (
    ("cloudformation", "describe_stacks", "Stacks", "StackName"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("dynamodb", "list_tables", "TableNames", ""),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("apigatewayv2", "get_apis", "Items", "Name"),
    ("sqs", "list_queues", "QueueUrls", ""),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("events", "list_rules", "Rules", "Name"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("iam", "list_policies", "Policies", "PolicyName"),
    ("ecr", "describe_repositories", "repositories", "repositoryName"),
    ("ecs", "list_clusters", "clusterArns", ""),
    ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
)
ATTEMPTS = 2


def remove(stage: Stage) -> str:
    """Delete the queue of the messages, and destroy the stacks with their data."""
    sqs, here = stage.here.client("sqs"), stage.here
    try:
        sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=stage.mail_queue)["QueueUrl"])
    except ClientError as error:
        if "NonExistentQueue" not in str(error) and "does not exist" not in str(error):
            raise
    for attempt in range(ATTEMPTS):
        try:
            destroy.destroy(here.environment, here.stack)
        except Failure:
            # Of a deployment that was cut off, more may have appeared meanwhile.
            if attempt == ATTEMPTS - 1:
                raise
        else:
            break
    here.forget()
    return "removed"


def list_remains(stage: Stage) -> str:
    """Look for the name of the stack in the lists of every service that it uses."""
    stage.expect("Left", [], lambda: sorted(_find(stage)))
    return "nothing"


def _find(stage: Stage) -> set[str]:
    return {
        f"{service} {name}"
        for service, operation, member, key in LISTS
        for page in stage.here.client(service).get_paginator(operation).paginate()
        for each in page.get(member, [])
        if stage.here.stack in (name := _name(each, key)) and not _is_gone(each)
    }


def _name(item: Any, key: str) -> str:
    return str(item[key] if key else item)


def _is_gone(item: Any) -> bool:
    return isinstance(item, dict) and item.get("StackStatus") == "DELETE_COMPLETE"
