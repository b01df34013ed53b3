"""Run each function, and compare the permissions of each role with the actions listed here."""

import json
from typing import Any

from cli.console import Failure
from cli.smoke.stage import Stage

# Output with the name of the containers' service.
SERVICE = "ServiceName"
# Actions and kinds of resources, by the output with the name of a function or of the service.
type Rights = dict[str, tuple[tuple[str, str], ...]]
READS = (("dynamodb:Query", "table"), ("dynamodb:GetItem", "table"))
READS_ONLY = (
    *(("dynamodb:PutItem", "table"), ("dynamodb:BatchWriteItem", "table")),
    *(("s3:GetObject", "receipts"), ("s3:GetObject", "raw"), ("sns:Publish", "alerts")),
)
ALLOWED: Rights = {
    "IngestFunctionName": (
        *(("s3:GetObjectVersion", "raw"), ("s3:PutObject", "receipts")),
        ("dynamodb:BatchWriteItem", "table"),
    ),
    "NotifyFunctionName": (("dynamodb:PutItem", "table"), ("sns:Publish", "alerts")),
    "WatchFunctionName": (("dynamodb:Query", "table"),),
    "QueryFunctionName": READS,
    SERVICE: READS,
}
DENIED: Rights = {
    "IngestFunctionName": (
        *(("s3:PutObject", "raw"), ("s3:DeleteObjectVersion", "raw")),
        *(("dynamodb:DeleteItem", "table"), ("sns:Publish", "alerts")),
    ),
    "NotifyFunctionName": (
        *(("s3:GetObjectVersion", "raw"), ("dynamodb:DeleteItem", "table")),
        *(("sns:Publish", "alarms"), ("s3:PutObject", "receipts")),
    ),
    "WatchFunctionName": (("dynamodb:PutItem", "table"), ("sns:Publish", "alerts")),
    "QueryFunctionName": READS_ONLY,
    SERVICE: READS_ONLY,
}
# Of every role.
NEVER = (("dynamodb:DeleteTable", "table"), ("s3:DeleteBucket", "bucket"), ("iam:PassRole", "all"))
DATA_MANAGER = (("s3:PutObject", "raw"), ("s3:DeleteObject", "raw"), ("s3:GetObject", "receipts"))
NOT_DATA_MANAGER = (
    *(("s3:GetObject", "raw"), ("s3:DeleteObjectVersion", "raw"), ("s3:PutObject", "receipts")),
    *(("s3:ListBucket", "bucket"), ("dynamodb:GetItem", "table"), ("sns:Publish", "alerts")),
)


def check_rights(stage: Stage) -> str:
    """Run the watch function, and let IAM simulate what each role may and must not do.

    The other functions have run in the steps before.
    """
    outputs = stage.outputs
    functions = stage.here.client("lambda")
    answer = functions.invoke(FunctionName=outputs["WatchFunctionName"], Payload=b"{}")
    if answer.get("FunctionError"):
        raise Failure(f"The watch function failed: {answer['Payload'].read().decode()[:200]}")
    if "DataManagerPolicyArn" not in outputs:
        return "one existing role, not checked"
    iam = stage.here.client("iam")
    problems = []
    for name, role in _find_roles(stage).items():
        problems += [
            f"{name.removesuffix('Name').removesuffix('Function')} {text}"
            for text in _compare(
                *(outputs, ALLOWED[name], DENIED[name] + NEVER),
                lambda rights, role=role: iam.simulate_principal_policy(
                    PolicySourceArn=role, **rights
                ),
            )
        ]
    document = _read_policy(iam, outputs["DataManagerPolicyArn"])
    problems += [
        f"the data manager {text}"
        for text in _compare(
            *(outputs, DATA_MANAGER, NOT_DATA_MANAGER + NEVER),
            lambda rights: iam.simulate_custom_policy(PolicyInputList=[document], **rights),
        )
    ]
    if problems:
        raise Failure("; ".join(sorted(problems)))
    return "every role may do its work and nothing that was tried beyond"


def _find_roles(stage: Stage) -> dict[str, str]:
    """Return the ARNs of the roles, by the output with the function's or the service's name."""
    outputs, functions = stage.outputs, stage.here.client("lambda")
    roles = {
        name: functions.get_function_configuration(FunctionName=outputs[name])["Role"]
        for name in ALLOWED.keys() & outputs.keys() - {SERVICE}
    }
    if SERVICE in outputs:
        ecs = stage.here.client("ecs")
        [service] = ecs.describe_services(
            cluster=outputs["ClusterName"], services=[outputs[SERVICE]]
        )["services"]
        task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
        roles[SERVICE] = task["taskDefinition"]["taskRoleArn"]
    return roles


def _compare(outputs: dict[str, str], allowed: Any, denied: Any, simulate: Any) -> list[str]:
    problems = []
    for rights, expected in ((allowed, True), (denied, False)):
        for action, kind in rights:
            resource = _find_resource(outputs, kind)
            [result] = simulate({"ActionNames": [action], "ResourceArns": [resource]})[
                "EvaluationResults"
            ]
            if (result["EvalDecision"] == "allowed") is not expected:
                verb = "may not" if expected else "may"
                problems.append(f"{verb} {action} ({kind})")
    return problems


def _find_resource(outputs: dict[str, str], kind: str) -> str:
    # Region and account are those of the topic.
    region, account = outputs["AlertTopicArn"].split(":")[3:5]
    return {
        "raw": f"arn:aws:s3:::{outputs['RawBucketName']}/file.csv",
        "bucket": f"arn:aws:s3:::{outputs['RawBucketName']}",
        "receipts": f"arn:aws:s3:::{outputs['ReceiptsBucketName']}/receipts/file.json",
        "table": f"arn:aws:dynamodb:{region}:{account}:table/{outputs['TableName']}",
        "alerts": outputs["AlertTopicArn"],
        "alarms": outputs["OperatorsTopicArn"],
        "all": f"arn:aws:iam::{account}:role/any",
    }[kind]


def _read_policy(iam: Any, arn: str) -> str:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return document if isinstance(document, str) else json.dumps(document)
