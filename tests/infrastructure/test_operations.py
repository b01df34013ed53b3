"""Alarms: each notifies operators, has an entry in the runbook, and uses an existing metric."""

import json
import re
from typing import Any

import pytest

from tests.infrastructure.templates import PARSED, Stack, functions, properties, resources
from tests.support import ROOT

# Metrics of AWS services, with their dimensions:
#   docs.aws.amazon.com: Lambda developer guide, monitoring-metrics-types.html
#   docs.aws.amazon.com: SQS developer guide, sqs-available-cloudwatch-metrics.html
#   docs.aws.amazon.com: SNS developer guide, sns-monitoring-using-cloudwatch.html
#   docs.aws.amazon.com: API Gateway developer guide, http-api-metrics.html
#   docs.aws.amazon.com: Application Load Balancers, load-balancer-cloudwatch-metrics.html
#   docs.aws.amazon.com: DynamoDB developer guide, metrics-dimensions.html
#   docs.aws.amazon.com: ECS developer guide, available-metrics.html
BALANCER, TARGETS = {"LoadBalancer"}, {"LoadBalancer", "TargetGroup"}
AWS_METRICS: dict[tuple[str, str], set[str]] = {
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Duration"): {"FunctionName"},
    ("AWS/Lambda", "IteratorAge"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/DynamoDB", "ReadThrottleEvents"): {"TableName"},
    ("AWS/DynamoDB", "WriteThrottleEvents"): {"TableName"},
    ("AWS/DynamoDB", "SystemErrors"): {"TableName", "Operation"},
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): {"QueueName"},
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): {"QueueName"},
    ("AWS/SNS", "NumberOfNotificationsDelivered"): {"TopicName"},
    ("AWS/SNS", "NumberOfNotificationsFailed"): {"TopicName"},
    ("AWS/ApiGateway", "5xx"): {"ApiId"},
    ("AWS/ApplicationELB", "RequestCount"): BALANCER,
    ("AWS/ApplicationELB", "TargetResponseTime"): BALANCER,
    ("AWS/ApplicationELB", "HTTPCode_Target_4XX_Count"): BALANCER,
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"): BALANCER,
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"): BALANCER,
    ("AWS/ApplicationELB", "HealthyHostCount"): TARGETS,
    ("AWS/ApplicationELB", "UnHealthyHostCount"): TARGETS,
    ("AWS/ECS", "CPUUtilization"): {"ClusterName", "ServiceName"},
    ("AWS/ECS", "MemoryUtilization"): {"ClusterName", "ServiceName"},
}
ALARMS = {logical: name for name, logical, _ in resources("AWS::CloudWatch::Alarm")}
NOTIFYING = sorted(logical for logical, template in ALARMS.items() if template != "scaling")
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"(?ms)^### (\w+)\n(.*?)(?=^##|\Z)", RUNBOOK))
# Alarms on metrics that exist as long as all is well.
BREACHING = {"Heartbeat", "AlertsUnsent", "NoHealthyTasks"}
OWN = "aquasense-test"


def evaluate(logical: str) -> dict[str, Any]:
    """Return the evaluated properties of an alarm."""
    return Stack(ALARMS[logical], **_parameters(ALARMS[logical])).properties(logical)


def _parameters(template: str) -> dict[str, str]:
    values = {"Name": OWN, "HttpApiId": "api", "QueryFunctionName": "query"}
    return {name: values[name] for name in values.keys() & PARSED[template]["Parameters"].keys()}


def used_metrics() -> set[tuple[str, str, frozenset[tuple[str, str]]]]:
    """Return (namespace, name, dimensions) of the metrics of all alarms and dashboards."""
    used = set()
    for logical in ALARMS:
        alarm = evaluate(logical)
        dimensions = frozenset((entry["Name"], entry["Value"]) for entry in alarm["Dimensions"])
        used.add((alarm["Namespace"], alarm["MetricName"], dimensions))
    for template in ("dashboard", "service-alarms"):
        body = Stack(template, **_parameters(template)).properties("Dashboard")["DashboardBody"]
        for widget in json.loads(body)["widgets"]:
            for metric in widget["properties"].get("metrics", []):
                texts = [part for part in metric if isinstance(part, str)]
                if texts:
                    namespace, name, *pairs = texts
                    dimensions = frozenset(zip(pairs[::2], pairs[1::2], strict=True))
                    used.add((namespace, name, dimensions))
    return used


def test_the_runbook_has_an_entry_with_three_headings_for_each_alarm() -> None:
    assert ENTRIES.keys() == ALARMS.keys()
    for logical, entry in ENTRIES.items():
        for heading in ("**Means**", "**Look at**", "**Do**"):
            assert heading in entry, logical


@pytest.mark.parametrize("logical", NOTIFYING)
def test_operators_are_notified_of_alarm_and_recovery(logical: str) -> None:
    alarm = properties(ALARMS[logical], logical)
    for change in ("AlarmActions", "OKActions"):
        (target,) = alarm[change]
        assert target in ({"Ref": "OperatorsTopic"}, {"Ref": "OperatorsTopicArn"})
    assert alarm["AlarmName"] == {"Fn::Sub": f"${{Name}}-{logical}"}
    assert alarm["AlarmDescription"].endswith(f"Runbook, {logical}.")


@pytest.mark.parametrize("logical", sorted(ALARMS))
def test_an_alarm_defines_the_treatment_of_missing_data(logical: str) -> None:
    alarm = properties(ALARMS[logical], logical)
    # SQS sends no metrics of an inactive queue, which one with dead letters becomes.
    allowed = ("ignore",) if logical == "DeadLetters" else ("notBreaching", "ignore")
    assert alarm["TreatMissingData"] in (("breaching",) if logical in BREACHING else allowed)
    # CloudWatch evaluates at most a day, or a week for periods of an hour and more.
    span = alarm["Period"] * alarm["EvaluationPeriods"]
    assert span <= 86400 * (7 if alarm["Period"] >= 3600 else 1)
    assert alarm.get("DatapointsToAlarm", 1) <= alarm["EvaluationPeriods"]


@pytest.mark.parametrize("function", functions())
def test_every_function_has_an_alarm_on_its_errors(function: str) -> None:
    alarm = evaluate(f"{function}Errors")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Errors")
    [dimension] = properties("operations", f"{function}Errors")["Dimensions"]
    assert dimension == {"Name": "FunctionName", "Value": {"Ref": f"{function}FunctionName"}}
    passed = properties("template", "Operations")["Parameters"][f"{function}FunctionName"]
    fixed_name = functions()[function].get("FunctionName")
    assert passed == fixed_name or f"{function}Function" in str(passed)


def test_the_metrics_of_aws_services_exist() -> None:
    for namespace, name, dimensions in used_metrics():
        if namespace.startswith("AWS/"):
            assert AWS_METRICS[namespace, name] == {key for key, _ in dimensions}, name


def test_the_runbook_describes_each_custom_metric() -> None:
    own = {name for namespace, name, _ in used_metrics() if not namespace.startswith("AWS/")}
    assert not [name for name in own if f"`{name}`" not in RUNBOOK]


def test_functions_and_alarms_use_the_same_namespace() -> None:
    variables = PARSED["template"]["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == {"Ref": "AWS::StackName"}
    for nested in ("Operations", "Dashboard", "Api"):
        assert properties("template", nested)["Parameters"]["Name"] == {"Ref": "AWS::StackName"}
    for parent, nested in (("api", "ServiceAlarms"), ("operations", "Health")):
        assert properties(parent, nested)["Parameters"]["Name"] == {"Ref": "Name"}


def test_the_watch_function_runs_once_in_each_period_of_its_alarm() -> None:
    watch = properties("template", "WatchFunction")
    ((kind, schedule),) = (
        (source["Type"], source["Properties"]["Schedule"]) for source in watch["Events"].values()
    )
    assert (kind, schedule) == ("Schedule", "rate(1 hour)")
    for logical in ("Silence", "Heartbeat", "AlertsUnsent"):
        assert evaluate(logical)["Period"] == 3600
    assert watch["Environment"]["Variables"]["SILENCE_DAYS"] == {"Ref": "SilenceDays"}
    assert PARSED["template"]["Parameters"]["SilenceDays"]["Default"] == 16


def test_cloudwatch_can_publish_to_the_operators_topic() -> None:
    # CloudWatch cannot publish to a topic that is encrypted with alias/aws/sns.
    assert "KmsMasterKeyId" not in properties("operations", "OperatorsTopic")
    (statement,) = properties("operations", "OperatorsTopicPolicy")["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Action"] == "sns:Publish"


def test_no_alarm_publishes_to_the_alert_topic() -> None:
    for name, logical, _ in resources("AWS::CloudWatch::Alarm"):
        actions = properties(name, logical)
        assert "AlertTopic" not in str([actions[key] for key in actions if key.endswith("Actions")])


def alarm_arns(template: str, **parameters: str) -> list[str]:
    """Return the ARNs in a template's output AlarmArns."""
    stack = Stack(template, Name=OWN, **parameters)
    separator, arns = stack.value(PARSED[template]["Outputs"]["AlarmArns"]["Value"])["Fn::Join"]
    assert separator == '", "'
    return list(arns)


def test_the_dashboard_shows_every_alarm_of_queues_and_functions() -> None:
    for query in ({}, {"QueryFunctionName": "query"}):
        api = query and {"HttpApiId": "api"}
        *arns, nested = alarm_arns("operations", **query, **api)
        assert nested == "<Health.Outputs.AlarmArns>"
        arns += alarm_arns("health", **query)
        dashboard = Stack("dashboard", Name=OWN, AlarmArns='", "'.join(arns))
        body = json.loads(dashboard.properties("Dashboard")["DashboardBody"])
        shown = body["widgets"][0]["properties"]["alarms"]
        stacks = Stack("operations", **query, **api), Stack("health", **query)
        expected = {name for stack in stacks for name in stack.resources if name in ALARMS}
        assert {arn.rpartition(":alarm:")[2].strip("<>") for arn in shown} == expected


def test_tracing_is_optional_and_permitted_only_if_enabled() -> None:
    assert PARSED["template"]["Parameters"]["EnableTracing"]["Default"] == "false"
    for enabled, mode in (("false", "PassThrough"), ("true", "Active")):
        root = Stack("template", EnableTracing=enabled, EnableHttpApi="true")
        assert root.value(PARSED["template"]["Globals"]["Function"]["Tracing"]) == mode
        roles = Stack("function-roles", EnableTracing=enabled)
        assert ("Tracing" in roles.resources) == (enabled == "true")
    tracing = Stack("function-roles", EnableTracing="true").properties("Tracing")
    [statement] = tracing["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    assert set(tracing["Roles"]) == {f"<{function}Role>" for function in functions()}


def test_no_function_imports_the_tracer() -> None:
    """Its import takes longer than the rest of a cold start, and X-Ray does not need it."""
    for path in (ROOT / "functions").rglob("*.py"):
        assert "Tracer" not in path.read_text(encoding="utf-8"), path
