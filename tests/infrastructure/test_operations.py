"""Alarms: each has somebody who is told, an entry in the runbook, and a metric that there is."""

import json
import re
from typing import Any

import pytest

from tests.infrastructure.templates import PARSED, Stack, every, functions, properties
from tests.support import ROOT

# What AWS's services measure, with the dimensions to ask for it by:
#   docs.aws.amazon.com: Lambda developer guide, monitoring-metrics-types.html
#   docs.aws.amazon.com: SQS developer guide, sqs-available-cloudwatch-metrics.html
#   docs.aws.amazon.com: SNS developer guide, sns-monitoring-using-cloudwatch.html
#   docs.aws.amazon.com: API Gateway developer guide, http-api-metrics.html
#   docs.aws.amazon.com: Application Load Balancers, load-balancer-cloudwatch-metrics.html
#   docs.aws.amazon.com: ECS developer guide, available-metrics.html
BALANCER, TARGETS = {"LoadBalancer"}, {"LoadBalancer", "TargetGroup"}
MEASURED_BY_AWS: dict[tuple[str, str], set[str]] = {
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Duration"): {"FunctionName"},
    ("AWS/Lambda", "IteratorAge"): {"FunctionName"},
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
ALARMS = {logical: (name, one) for name, logical, one in every("AWS::CloudWatch::Alarm")}
PEOPLE = sorted(name for name, (template, _) in ALARMS.items() if template != "scaling")
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"(?ms)^### (\w+)\n(.*?)(?=^##|\Z)", RUNBOOK))
OWN = "aquasense-test"


def alarm(logical: str) -> dict[str, Any]:
    return Stack(ALARMS[logical][0], **_named(ALARMS[logical][0])).properties(logical)


def _named(template: str) -> dict[str, str]:
    known = PARSED[template]["Parameters"]
    given = {"Name": OWN, "HttpApiId": "api", "QueryFunctionName": "query"}
    return {name: value for name, value in given.items() if name in known}


def watched() -> set[tuple[str, str, frozenset[tuple[str, str]]]]:
    """Namespace, name and dimensions of whatever an alarm watches or a dashboard shows."""
    found = set()
    for logical in ALARMS:
        one = alarm(logical)
        dimensions = frozenset((entry["Name"], entry["Value"]) for entry in one["Dimensions"])
        found.add((one["Namespace"], one["MetricName"], dimensions))
    for template in ("dashboard", "service-alarms"):
        body = Stack(template, **_named(template)).properties("Dashboard")["DashboardBody"]
        for widget in json.loads(body)["widgets"]:
            for metric in widget["properties"].get("metrics", []):
                texts = [part for part in metric if isinstance(part, str)]
                if texts:
                    namespace, name, *pairs = texts
                    dimensions = frozenset(zip(pairs[::2], pairs[1::2], strict=True))
                    found.add((namespace, name, dimensions))
    return found


def test_every_alarm_has_its_entry_in_the_runbook_and_every_entry_its_alarm() -> None:
    assert ENTRIES.keys() == ALARMS.keys()


@pytest.mark.parametrize("logical", sorted(ALARMS))
def test_an_entry_says_what_it_means_what_to_look_at_and_what_to_do(logical: str) -> None:
    for heading in ("**Means**", "**Look at**", "**Do**"):
        assert heading in ENTRIES[logical]


@pytest.mark.parametrize("logical", PEOPLE)
def test_operators_are_told_when_it_begins_and_when_it_is_over(logical: str) -> None:
    one = properties(ALARMS[logical][0], logical)
    for change in ("AlarmActions", "OKActions"):
        (where,) = one[change]
        assert where in ({"Ref": "OperatorsTopic"}, {"Ref": "OperatorsTopicArn"})
    assert one["AlarmName"] == {"Fn::Sub": f"${{Name}}-{logical}"}
    assert one["AlarmDescription"].endswith(f"Runbook, {logical}.")


@pytest.mark.parametrize("logical", sorted(ALARMS))
def test_what_missing_figures_mean_is_decided(logical: str) -> None:
    one = properties(ALARMS[logical][0], logical)
    assert one["TreatMissingData"] in ("notBreaching", "ignore")
    # CloudWatch looks back a day at the most, a week for periods of an hour and more.
    span = one["Period"] * one["EvaluationPeriods"]
    assert span <= 86400 * (7 if one["Period"] >= 3600 else 1)
    assert one.get("DatapointsToAlarm", 1) <= one["EvaluationPeriods"]


def test_a_queue_that_is_not_measured_any_more_keeps_its_alarm() -> None:
    """SQS measures nothing of a queue at rest, and dead letters are at rest."""
    assert properties("operations", "DeadLetters")["TreatMissingData"] == "ignore"


@pytest.mark.parametrize("function", functions())
def test_every_function_has_an_alarm_on_its_errors(function: str) -> None:
    one = alarm(f"{function}Errors")
    assert (one["Namespace"], one["MetricName"]) == ("AWS/Lambda", "Errors")
    [dimension] = properties("operations", f"{function}Errors")["Dimensions"]
    assert dimension == {"Name": "FunctionName", "Value": {"Ref": f"{function}FunctionName"}}
    wired = properties("template", "Operations")["Parameters"][f"{function}FunctionName"]
    fixed_name = functions()[function].get("FunctionName")
    assert wired == fixed_name or f"{function}Function" in str(wired)


def test_what_is_watched_of_awss_services_is_measured_by_them() -> None:
    for namespace, name, dimensions in watched():
        if namespace.startswith("AWS/"):
            assert MEASURED_BY_AWS[namespace, name] == {key for key, _ in dimensions}, name


def test_the_runbook_says_what_each_of_our_own_metrics_is() -> None:
    own = {name for namespace, name, _ in watched() if not namespace.startswith("AWS/")}
    assert not [name for name in own if f"`{name}`" not in RUNBOOK]


def test_the_functions_measure_into_the_namespace_that_is_watched() -> None:
    variables = PARSED["template"]["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == {"Ref": "AWS::StackName"}
    for nested in ("Operations", "Dashboard", "Api"):
        assert properties("template", nested)["Parameters"]["Name"] == {"Ref": "AWS::StackName"}
    assert properties("api", "ServiceAlarms")["Parameters"]["Name"] == {"Ref": "Name"}


def test_silence_is_looked_for_once_in_each_period_of_its_alarm() -> None:
    watch = properties("template", "WatchFunction")
    ((kind, schedule),) = (
        (source["Type"], source["Properties"]["Schedule"]) for source in watch["Events"].values()
    )
    assert (kind, schedule) == ("Schedule", "rate(1 hour)")
    assert alarm("Silence")["Period"] == 3600
    assert watch["Environment"]["Variables"]["SILENCE_DAYS"] == {"Ref": "SilenceDays"}
    assert PARSED["template"]["Parameters"]["SilenceDays"]["Default"] == 16


def test_cloudwatch_can_publish_to_the_operators_topic() -> None:
    # Under alias/aws/sns it could not, and nobody would ever hear of any alarm.
    assert "KmsMasterKeyId" not in properties("operations", "OperatorsTopic")
    (statement,) = properties("operations", "OperatorsTopicPolicy")["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Action"] == "sns:Publish"


def test_subscribers_to_the_alerts_are_not_told_of_alarms() -> None:
    for name, logical, _ in every("AWS::CloudWatch::Alarm"):
        assert "AlertTopic" not in str(properties(name, logical))


def test_the_dashboard_shows_every_alarm_of_queues_and_functions() -> None:
    for options in ({}, {"QueryFunctionName": "query", "HttpApiId": "api"}):
        operations = Stack("operations", Name=OWN, **options)
        joined = operations.value(PARSED["operations"]["Outputs"]["AlarmArns"]["Value"])
        arns = joined["Fn::Join"][0].join(joined["Fn::Join"][1])
        dashboard = Stack("dashboard", Name=OWN, AlarmArns=arns)
        body = json.loads(dashboard.properties("Dashboard")["DashboardBody"])
        shown = body["widgets"][0]["properties"]["alarms"]
        expected = {name for name in operations.resources if name in ALARMS}
        assert {arn.rpartition(":alarm:")[2].strip("<>") for arn in shown} == expected


def test_tracing_is_off_unless_asked_for_and_allowed_only_then() -> None:
    assert PARSED["template"]["Parameters"]["EnableTracing"]["Default"] == "false"
    for chosen, mode in (("false", "PassThrough"), ("true", "Active")):
        root = Stack("template", EnableTracing=chosen, EnableHttpApi="true")
        assert root.value(PARSED["template"]["Globals"]["Function"]["Tracing"]) == mode
        roles = Stack("function-roles", EnableTracing=chosen)
        assert ("Tracing" in roles.resources) == (chosen == "true")
    tracing = Stack("function-roles", EnableTracing="true").properties("Tracing")
    [statement] = tracing["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    assert set(tracing["Roles"]) == {f"<{function}Role>" for function in functions()}


def test_no_function_imports_the_tracer() -> None:
    """Importing it takes longer than everything else of a cold start; X-Ray does without it."""
    for path in (ROOT / "functions").rglob("*.py"):
        assert "Tracer" not in path.read_text(encoding="utf-8"), path
